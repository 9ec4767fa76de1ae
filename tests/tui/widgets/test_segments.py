"""The gate of the screen: it is the only place where text becomes something that a terminal draws."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from rich.style import Style

from tests.hostile import EVIL
from tui.widgets import segments

TUI = Path(segments.__file__).parents[1]
DRAWN = {"Segment", "Text", "Static", "Label", "notify", "Markdown", "Content"}
"""What turns a text into something drawn, by whatever name it is called."""

OWN_WORDS = {"screens/help.py", "screens/fire.py"}
"""These draw our own words, and what the user types into a field, which Textual's own widget shows."""


@pytest.mark.parametrize("path", sorted(TUI.rglob("*.py")), ids=lambda path: str(path.relative_to(TUI)))
def test_nothing_else_draws(path: Path) -> None:
    name = str(path.relative_to(TUI))
    if name == "widgets/segments.py" or name in OWN_WORDS:
        return
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            assert called not in DRAWN, f"{name}:{call.lineno} draws past the gate"


def test_what_passes_is_obeyed_by_no_terminal() -> None:
    assert segments.segment(EVIL, Style()).text.isprintable()
    assert segments.framed([(EVIL, Style()), ("[b]x", Style())]).plain.isprintable()
    assert segments.framed([("[b]x", Style())]).plain == "[b]x", "markup means nothing"

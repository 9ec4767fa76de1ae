"""The help screen: the keys, taken from the keymap, and the words and signs of the screen."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from lab.session import Way
from tui.actions.keymap import KEYS, Key

LEGEND = (
    ("● ▼ ▽", "sent · delivered to a worker · a redelivery to come"),
    ("◇ ◆", "a run to come · a run"),
    ("⟲ ■", "put back by a sweep · stopped before it ran"),
    ("━ ▒ ┄ ░", "hidden · overdue · forecast · some time here"),
    ("✖ duplicate", "a run after the first, which nothing says was lost"),
    ("↻ recovery", "a run after the first was lost (†): no duplicate"),
    ("unacked", "taken and not acknowledged; hidden for a while"),
    ("overdue", "hidden no longer: the next sweep hands it out again"),
    ("12 h?", "not said, but assumed or inferred; ? alone: not known"),
    ("! † –", "failed, or time limit · lost · did not run"),
    ("→ ·2 r1", "replaced, retried · second sending · first retry"),
    ("† poison", "its runs die, it comes again, and nothing ends it"),
    ("stopped", "a lock kept this copy from running: no duplicate"),
    ("duplicate?", "not certain: the story says what would undo it"),
)
"""Signs and words, each with its meaning."""


class Help(ModalScreen[None]):
    """Keys and words; any of `?`, escape, enter and q leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "leave"),
    ]

    def __init__(self, way_in: Way) -> None:
        super().__init__()
        self._listed: dict[str, list[Key]] = {}
        """The keys that there are, by what is said of them: several keys may share a line."""
        for key in KEYS:
            if key.exists(way_in):
                self._listed.setdefault(key.help, []).append(key)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Keys and words"
            box.border_subtitle = "escape leaves"
            yield Static(self._table())

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for same in self._listed.values():
            table.add_row(Text(" ".join(dict.fromkeys(key.shown_as for key in same))), Text(same[0].help))
        table.add_row(Text("tab ↑ ↓"), Text("Go to another list, another message; the story follows"))
        table.add_row("", "")
        for sign, words in LEGEND:
            table.add_row(Text(sign), Text(words))
        return table

"""The one rule for text from outside: a terminal shows it, and obeys nothing in it.

It stands here once, for the lines, the screen's segments (`tui.widgets.segments`) and all else that a program
prints (`lab.commands.gate`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 512
"""Characters of one text that are looked at at all."""

LONGEST_LINE = 8_192
"""Characters of a whole line, made of several texts, that are looked at."""

UNSHOWABLE = "�"
"""Stands for a character that a terminal would obey instead of showing."""

CONTROL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are not shown: C0 and C1 controls, bidi overrides, invisible formatting."""

REMEMBERED = 4_096
"""Texts of which the clean form is remembered: a screen shows the same ones in every frame."""


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without anything that a terminal obeys: each such character becomes `�`.

    Of marks that stack on a letter one is kept, so that a line cannot grow into its neighbours. What is
    longer than `longest` characters is cut, and ends in `…`.
    """
    if len(text) > longest:
        # Cut before it is remembered: what came may be large.
        return _clean(text[:longest]) + "…"
    return text if text.isascii() and text.isprintable() else _clean(text)


def printable(text: str) -> str:
    """Lines of any length, clean; their ends stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "\n".join(_cleaned(line) for line in text.split("\n"))


def _cleaned(text: str) -> str:
    kept: list[str] = []
    marked = False
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            if not marked and kept and not "\ufe00" <= char <= "\ufe0f":
                kept.append(char)
            marked = True
            continue
        marked = False
        if category in CONTROL:
            kept.append(UNSHOWABLE)
        else:
            kept.append(" " if category == "Zs" else char)
    return "".join(kept)


_clean = lru_cache(REMEMBERED)(_cleaned)

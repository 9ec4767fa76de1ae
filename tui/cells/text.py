"""Text for the screen: cleaned, cut, fitted, wrapped. Pure functions; widths are terminal cells."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

LONGEST = 512
"""Characters of one text that are looked at at all."""

UNSHOWABLE = "�"
"""Stands for a character that a terminal would obey instead of showing."""

CONTROL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are not shown: C0 and C1 controls, bidi overrides, invisible formatting."""

GLUE = "\xa0"
"""A space at which a text is not wrapped."""

_UNITS = re.compile(r"(?<=\d) (?=(?:ms|s|min|h|days)\b)")


@lru_cache(4096)
def clean(text: str) -> str:
    """The text without anything that a terminal obeys: each such character becomes `�`.

    Of marks that stack on a letter one is kept, so that a line cannot grow into its neighbours.
    """
    kept: list[str] = []
    marked = False
    for char in unicodedata.normalize("NFC", text[:LONGEST]):
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            if not marked and kept and not "\ufe00" <= char <= "\ufe0f":
                kept.append(char)
            marked = True
            continue
        marked = False
        kept.append(UNSHOWABLE if category in CONTROL else " " if category == "Zs" else char)
    if len(text) > LONGEST:
        kept.append("…")
    return "".join(kept)


@lru_cache(8192)
def cut(text: str, width: int) -> str:
    """The text in at most `width` cells; where something is missing it ends in `…`."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    used, kept = 0, []
    for char in text:
        used += cell_len(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, cut or padded; `right` aligns it there."""
    shown = cut(text, width)
    space = " " * (width - cell_len(shown))
    return space + shown if right else shown + space


def wrap(text: str, width: int, lines: int) -> list[str]:
    """The text in at most `lines` lines of `width` cells, broken at spaces; the last one may end in `…`."""
    words, wrapped = _UNITS.sub(GLUE, text).split(" "), [""]
    for n, word in enumerate(words):
        line = f"{wrapped[-1]} {word}".strip()
        if cell_len(line) <= width or not wrapped[-1]:
            wrapped[-1] = line
        elif len(wrapped) < lines:
            wrapped.append(word)
        else:
            wrapped[-1] = f"{wrapped[-1]} {' '.join(words[n:])}"
            break
    return [cut(line, width).replace(GLUE, " ") for line in wrapped]

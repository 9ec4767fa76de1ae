"""Text for the screen: cleaned, cut, fitted, wrapped. Pure functions; widths are terminal cells."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

from lab.watch.outputs.untrusted_text import clean as clean

GLUE = "\xa0"
"""A space at which a text is not wrapped."""

_UNITS = re.compile(r"(?<=\d) (?=(?:ms|s|min|h|days)\b)")


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

"""The key line: the footer, drawn in whatever width there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.actions.footer import FooterKey
from tui.cells.table import Piece
from tui.widgets.lines import Lines

GAP = 2
"""Cells between two keys, where there is room."""

LAST = 2
"""Keys at the end that never give way: help and quit."""


class KeyLine(Lines):
    """The keys that do something now, and what."""

    def show_keys(self, keys: Sequence[FooterKey]) -> None:
        """Show the keys; a click on one does what the key does."""
        fitting, gap = _fitted(list(keys), self.size.width)
        line: list[Piece] = []
        for each in fitting:
            line.append((f" {each.key} ", f"key@{each.action}"))
            line.append((f"{each.label}{' ' * (gap + 1)}", f"dim@{each.action}"))
        self.put([line] if line else [])


def _fitted(keys: list[FooterKey], width: int) -> tuple[list[FooterKey], int]:
    """What fits, and the gap: first the gap gives way, then the longest labels, then all space but one cell
    between two keys, then keys before the last."""
    if _length(keys, GAP) <= width:
        return keys, GAP
    while _length(keys, 0) > width:
        several_words = [key.label for key in keys if " " in key.label]
        if several_words:
            longest = max(several_words, key=len)
            short = longest.partition(" ")[0]
            keys = [replace(key, label=short) if key.label == longest else key for key in keys]
        elif _length(keys, -1) <= width:
            return keys, -1
        elif len(keys) > LAST:
            del keys[-LAST - 1]
        else:
            break
    return keys, 0


def _length(keys: Sequence[FooterKey], gap: int) -> int:
    """The cells that they take."""
    return sum(len(each.key) + len(each.label) + 3 + gap for each in keys)

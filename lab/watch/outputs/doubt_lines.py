"""The doubts as they come and go, a line each: why the counts are incomplete from this moment on, and when a
reason is over. It knows nothing of what happened to messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lab.watch.outputs.lines import NarratedLine

STANDS = 0.3
"""Seconds that a doubt stands until it is told: a source that has only begun is not reached for some
milliseconds."""

NUMBER = re.compile(r"\d[\d,.]*")
"""What may change in a doubt that stays the same."""


class DoubtLines:
    """Remembers which doubts were told. They are few: a model names a bounded number."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        """Each doubt without its numbers, to since when it stands, Unix seconds."""
        self._told: dict[str, str] = {}

    def tell(self, doubts: Sequence[str], now: float) -> list[NarratedLine]:
        """The lines that these doubts add to what was told; `now` is the watched time."""
        standing = {NUMBER.sub("#", doubt): doubt for doubt in doubts}
        self._since = {key: min(self._since.get(key, now), now) for key in standing}
        lines = []
        for key, doubt in standing.items():
            if key not in self._told and now - self._since[key] >= STANDS:
                self._told[key] = doubt
                lines.append(_line(doubt, now, over=False))
        over = [key for key in self._told if key not in standing]
        return lines + [_line(self._told.pop(key), now, over=True) for key in over]


def _line(doubt: str, at: float, *, over: bool) -> NarratedLine:
    text = f"over: {doubt}" if over else f"counts are incomplete: {doubt}"
    return NarratedLine("doubt", at, text, {"doubt": doubt, "over": over})

"""The moves of the server's counters: when anybody at all may have swept, and until when that is known.

They name no worker, and move for others than sweepers, too. It knows no sweeper.
"""

from __future__ import annotations

from collections import deque

from lab.watch.model.sweeping.window import Window

KEPT = 256
"""Moves that are kept; what lies before the first one kept is not known."""

KEPT_GAPS = 16
"""Times without a reading that are kept."""

AROUND = 1.0
"""Seconds around a time of blindness in which moves are not known either: the first reading after it counts
from there."""


class Moves:
    """Takes readings of the counters in the order of time; says what of a window may hold a sweep."""

    def __init__(self) -> None:
        self.read = float("-inf")
        """Until when the counters were read."""
        self._since = float("inf")
        """Since when moves are known."""
        self._moves: deque[Window] = deque(maxlen=KEPT)
        self._gaps: deque[Window] = deque(maxlen=KEPT_GAPS)

    def copy(self) -> Moves:
        """The same, to be changed apart."""
        other = Moves()
        other.read, other._since = self.read, self._since
        other._moves, other._gaps = self._moves.copy(), self._gaps.copy()
        return other

    def moved(self, at: Window) -> None:
        """They moved between two readings."""
        if len(self._moves) == KEPT:
            self._since = self._moves[1].earliest
        self._moves.append(at)
        self._since = min(self._since, at.earliest)
        self.reading(at.latest)

    def reading(self, at: float) -> None:
        """They were read then, and what moved until then was told."""
        self._since = min(self._since, at)
        self.read = max(self.read, at)

    def blind(self, since: float, until: float) -> None:
        """They could not be read."""
        self._gaps.append(Window(since, until).widened(AROUND))

    def complete(self, window: Window) -> bool:
        """Whether every move within a window is known, if there was one."""
        known = self._since <= window.earliest and window.latest <= self.read
        return known and not any(gap.overlap(window) for gap in self._gaps)

    def within(self, window: Window) -> Window | None:
        """What of a window a sweep in it can have been made in; None where nothing moved in all of it."""
        if not self.complete(window):
            return window
        found = self.overlapping(window)
        return (
            Window(max(found[0].earliest, window.earliest), min(found[-1].latest, window.latest))
            if found
            else None
        )

    def overlapping(self, window: Window) -> list[Window]:
        """The moves that may have been made within a window, the first one first."""
        found = []
        for move in reversed(self._moves):
            if move.latest < window.earliest:
                break
            if move.earliest <= window.latest:
                found.append(move)
        return found[::-1]

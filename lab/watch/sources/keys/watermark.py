"""Up to which score the index was read: a watermark that no clock can lead astray."""

from __future__ import annotations

from lab.watch.sources.keys.following import Scores

OVERLAP = 2.0
"""Seconds before the newest score that are read again, and the server's skew on top: scores are written with
the popping workers' clocks, so a later one may be lower."""

OLDEST = 60.0
"""Seconds that the newest score seen may lie back: after an hour without a pop, the first one must not have
that hour read again."""


class Watermark:
    """The newest score that was read, and how far the entries before it were gone through again."""

    def __init__(self, now: float) -> None:
        self.newest = now - OVERLAP
        """Everything up to it was read, but for late comers and for what was counted as unread."""
        self.skew = 0.0
        """The server's clock less the observer's, seconds."""
        self._again = 0.0

    @property
    def again(self) -> float:
        """After this score, and up to the newest, stands what is to be read again."""
        return max(self._again, self.newest - OVERLAP - abs(self.skew))

    def move(self, tail: Scores, late: Scores, most: int, unread: bool, before: float, now: float) -> None:
        """After a reading from `before` to `now`, with at most `most` entries read past it and before it.

        Where more came past the watermark than is read, it jumps to when the reading was sent, so that a new
        message still shows at once. It never stands past the later of both clocks: a worker whose clock is
        ahead must not hide what the others pop.
        """
        # One part after the other, then from the start again: more may stand there than one reading takes.
        self._again = float(late[-1][1]) if len(late) >= most else 0.0
        earlier, later = sorted((0.0, self.skew))
        newest = max((float(score) for _, score in tail), default=self.newest)
        newest = max(newest, before + earlier if unread else now + earlier - OLDEST)
        self.newest = min(newest, now + later)

"""The track record of the forecast: how many of its last windows held what they foretold."""

from __future__ import annotations

from collections import OrderedDict, deque
from math import inf

from lab.watch.model.entries import Entry
from lab.watch.model.forecast import Forecast
from lab.watch.model.sweeping.window import Window

JUDGED = 20
"""Windows that count: the last so many."""

ENOUGH = 5
"""Windows below which nothing is said of how good the forecast is here."""

RELIABLE = 0.8
"""The part of its windows that must have been right for a forecast to be relied on."""

SAMPLED = 20
"""Entries that are looked at, the oldest, which are redelivered next."""

EVERY = 1.0
"""Seconds between two looks; a window counts if it was said at least so long before."""

TOLERANCE = 0.1
"""Seconds from a sweep until what it restored was popped, at most, as a window is judged."""

REMEMBERED = 1_000
"""Entries whose windows are kept until they are redelivered; the first ones give way."""


class TrackRecord:
    """Holds windows against redeliveries. Of the messages that one sweep put back, only one counts. A window
    without an end says too little to be right or wrong."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, tuple[float, Window]] = OrderedDict()
        """By delivery tag: the score that it was said of, and the window that was said last."""
        self._next: dict[str, tuple[float, Window]] = {}
        self._right: deque[bool] = deque(maxlen=JUDGED)
        self._looked = self._last = -inf

    def look(self, forecast: Forecast, oldest: list[Entry], now: float) -> None:
        """Note what is said now of the oldest entries."""
        if now - self._looked < EVERY:
            return
        self._looked = now
        # What was said a look ago is old enough to count by now.
        for tag, said in self._next.items():
            self._said[tag] = said
            self._said.move_to_end(tag)
        while len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        self._next = {}
        for entry in oldest[:SAMPLED]:
            coming = forecast.redelivery(entry.score, now)
            if coming is not None and coming.window.latest < inf:
                self._next[entry.tag] = entry.score, coming.window

    def redelivered(self, tag: str, score: float, at: float) -> None:
        """An entry that had this score was popped again."""
        said = self._said.pop(tag, None)
        if said is None or said[0] != score or at - self._last < EVERY:
            return
        self._last = at
        self._right.append(said[1].widened(TOLERANCE).overlap(Window(at, at)) is not None)

    @property
    def right(self) -> int:
        """How many of the last windows held what they foretold."""
        return sum(self._right)

    @property
    def judged(self) -> int:
        """How many windows that is out of."""
        return len(self._right)

    @property
    def unreliable(self) -> bool:
        """Whether the forecast was wrong so often here that it is not to be relied on."""
        return self.judged >= ENOUGH and self.right < RELIABLE * self.judged

"""The sight: what the watch itself could see, and when it could not; and when the broker began anew.

It knows no message: an account asks it how much a silence means.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque

from lab.watch.facts import POPS, Connected, Disconnected, Gap, Server, Totals, Unknown

KEPT = 64
"""Gaps, restarts, and changes of what could be seen, that are remembered: the latest."""

WARM_UP = 1.0
"""Seconds until the first readings are through."""


class Sight:
    """What was seen of the broker at all. Times are Unix seconds on the observer's clock."""

    def __init__(self) -> None:
        self._reading = False
        self._index: list[tuple[float, bool]] = []
        """From when on the index was read well, or was not."""
        self.restarts: list[float] = []
        """When the server was lost, or else found, of which another process answered then."""
        self._heard_since: float | None = None
        self._run_id = ""
        self._lost: float | None = None
        self._gaps: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._refused = False

    def apply(self, fact: Connected | Disconnected | Gap | Server | Totals | Unknown) -> None:
        """Take in how a source stands."""
        match fact:
            case Connected(source="keys"):
                self._reads(fact.at + WARM_UP, not self._refused)
            case Connected(source="events"):
                self._heard_since = min(self._heard_since or fact.at, fact.at)
            case Disconnected(source="keys"):
                self._reads(fact.at, False)
                self._lost = fact.at
            case Unknown() if fact.what == POPS:
                self._refused = bool(fact.why)
                self._reads(fact.at, self._reading and not self._refused)
            case Totals() if fact.unread:
                self._reads(fact.at, False)
            case Gap():
                self._gaps.append((fact.since, fact.at))
            case Server() if fact.run_id:
                if self._run_id and fact.run_id != self._run_id:
                    insort(self.restarts, fact.at if self._lost is None else self._lost)
                    del self.restarts[:-KEPT]
                self._run_id, self._lost = fact.run_id, None

    def heard(self, at: float) -> bool:
        """Whether an event of that time would have been heard."""
        return (self._heard_since is None or at >= self._heard_since) and not self.deaf(at, at)

    def read_index(self, since: float, until: float) -> bool:
        """Whether the index was read all the while, so that every entry was seen that stood there for longer
        than a reading takes."""
        i = bisect_right(self._index, (since, True))
        reading = i > 0 and self._index[i - 1][1]
        return reading and all(state for at, state in self._index[i:] if at <= until)

    def restarted(self, after: float, until: float) -> bool:
        """Whether the broker was found restarted between these times."""
        i = bisect_right(self.restarts, after)
        return i < len(self.restarts) and self.restarts[i] <= until

    def deaf(self, since: float, until: float) -> bool:
        """Whether anything may have gone unheard between these times."""
        return any(begun <= until and ended >= since for begun, ended in self._gaps)

    def _reads(self, at: float, state: bool) -> None:
        if state != self._reading:
            self._reading = state
            self._index.append((at, state))
            del self._index[:-KEPT]

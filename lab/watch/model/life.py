"""The life of one worker process: when it was heard, connected, went offline. It knows no other process."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

SKEWED = 0.5
"""Seconds of a clock's skew that matter; less is the time that an event takes, or what NTP leaves."""


AGREED = 0.05
"""Seconds by which a clock may seem to differ and is still taken for right: what an event takes."""

HEARD_ENOUGH = 8
"""Words of a process after which one of them was surely no late one."""

FELL_SILENT = "it fell silent"
"""Why a process is presumed gone of which nothing was heard for long."""

TURNS = 256
"""Times that one process came, and that it went, which are kept: the latest."""

OFFLINE = "it went offline"
"""Why a process ended of which its own `worker-offline` tells: its runs may go on for a while."""


@dataclass(frozen=True, slots=True)
class Ending:
    """When and why a process ended; `certain` is False where only its silence says so."""

    at: float
    why: str
    certain: bool = True


@dataclass(slots=True)
class Life:
    """One worker process: a name and the pid of its main process. Times are on its own clock."""

    worker: str
    pid: int
    born: float
    heard: float
    seen: float = 0.0
    """When it was last heard, on the observer's clock."""
    ahead: float = -inf
    """The most by which its events were ahead of their arrival, in seconds: its clock's skew, less the
    shortest time that an event took."""
    words: int = 0
    """How often `ahead` was looked at."""
    software: str = ""
    beats: bool = False
    """Whether it sends heartbeats, so that their absence means something."""
    every: float = 2.0
    """Seconds between two of them, as it says."""
    first: float = 0.0
    """When it was first heard, on the observer's clock."""
    idle: float | None = None
    """When its heartbeat said last that nothing runs in its pool."""
    onlines: list[tuple[float, int]] = field(default_factory=list)
    """When it connected, with its logical clock then."""
    offlines: list[float] = field(default_factory=list)
    turns: int = 0
    """How often it is known to have come or gone, also those times that are not kept."""
    gone: Ending | None = None

    def online(self, at: float, clock: int) -> None:
        """It connected."""
        if (at, clock) not in self.onlines:
            insort(self.onlines, (at, clock))
            del self.onlines[:-TURNS]
            self.turns += 1

    def offline(self, at: float) -> None:
        """It went offline."""
        if at not in self.offlines:
            insort(self.offlines, at)
            del self.offlines[:-TURNS]
            self.turns += 1

    @property
    def skew(self) -> float:
        """By how many seconds its clock is ahead of the observer's; 0 where they agree well enough."""
        return self.ahead if abs(self.ahead) > SKEWED and self.ahead != -inf else 0.0

    @property
    def clock(self) -> tuple[float, float]:
        """By how many seconds its clock is ahead of the observer's, at least and at most. An event is seen
        after it was sent, so that a clock is never less ahead than that; of a few events all may have come
        late, and the clock be right."""
        if self.ahead == -inf or abs(self.ahead) <= AGREED:
            return 0.0, 0.0
        if self.words < HEARD_ENOUGH:
            return self.ahead, max(0.0, self.ahead + AGREED)
        return self.ahead, self.ahead + AGREED

    @property
    def says_limits_twice(self) -> bool:
        """Whether it is known to publish `task-failed` twice of a run that met its time limit: celery 5.7
        does (`celery.worker.request:Request.on_timeout`), 5.6 does not."""
        return self._celery_5_7

    @property
    def counts_runs_across_connections(self) -> bool:
        """Whether it is known to count what goes on running over a lost connection among what runs, and to
        tell of its end when it is back: celery 5.7 does; 5.6 was seen to do neither, and 5.4 to count it for
        ever."""
        return self._celery_5_7

    @property
    def _celery_5_7(self) -> bool:
        version = self.software.rpartition(" ")[2].split(".")
        return len(version) > 1 and version[0] == "5" and version[1].isdecimal() and int(version[1]) >= 7

    def cut(self, after: float) -> float | None:
        """When it first lost its connection, or came back from that, after a time: it then drops every copy
        that it held (`celery.worker.consumer.consumer:Consumer.on_close`)."""
        i, j = bisect_left(self.offlines, after), bisect_right(self.onlines, (after, 1 << 62))
        times = [*self.offlines[i : i + 1], *(at for at, _ in self.onlines[j : j + 1])]
        return min(times, default=None)

    def back(self, after: float, until: float) -> bool:
        """Whether it came back from a lost connection within that time."""
        return any(after <= at <= until for at, _ in self.onlines)

    def idle_after(self, started: float) -> float | None:
        """When it said that nothing runs there, after a run had begun; None if it did not."""
        return self.idle if self.idle is not None and self.idle > started else None

    def handed_back(self, after: float) -> float | None:
        """When it first went offline in order after a time, which restores what it had popped."""
        i = bisect_left(self.offlines, after)
        return self.offlines[i] if i < len(self.offlines) else None

    def reborn(self, after: float) -> float | None:
        """When another process came online under the same name and pid after a time, as in a container that
        was started again: its logical clock began anew."""
        for (_, before), (at, clock) in pairwise(self.onlines):
            if at > after and clock < before:
                return at
        return None

"""One sweeper: when it swept last, its period, and so when it will sweep again."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from lab.watch.model.sweeping.settings import Ground

CALL_DELAY = 0.006
"""Seconds that one call of the event loop's timer comes late, at most, while the loop is idle: 1 to 2 ms
for each of ten calls in a period of 100 s were measured, 6 ms for calls every second."""

SWEEP_TIE = 0.05
"""Seconds within which a sweep and the end of a visibility timeout cannot be told apart."""

SLACK = 0.3
"""Seconds beyond its window by which a sweep may still be taken for the one expected of a worker."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time that is known to lie between two others, Unix seconds; `latest` may be infinite."""

    earliest: float
    latest: float

    @property
    def middle(self) -> float:
        return (self.earliest + self.latest) / 2

    @property
    def error(self) -> float:
        """Half of its width: by how much the middle may be wrong."""
        return (self.latest - self.earliest) / 2

    def overlap(self, other: Window) -> Window | None:
        """What lies in both; None if nothing does."""
        earliest, latest = max(self.earliest, other.earliest), min(self.latest, other.latest)
        return Window(earliest, latest) if earliest <= latest else None

    def widened(self, by: float) -> Window:
        """With so many seconds more at either end."""
        return Window(self.earliest - by, self.latest + by)


@dataclass(slots=True)
class Sweeper:
    """One worker's sweeps, or one connection's: the last one known, the period, and how many were seen."""

    worker: str
    """Empty where nobody is known to own this phase."""
    last: Window
    interval: float
    throttle: int
    ground: Ground = "known"
    """How interval and throttle are known; `inferred` once the period was measured."""
    spread: float = 0.0
    """Seconds by which a measured period may be wrong, either way."""
    online: float = -inf
    """When its worker came online, on the observer's clock; long ago where that was not seen."""
    seen: int = 0
    """Sweeps seen in this phase, the one at connect not counted."""
    connection: int | None = None
    address: str = ""
    name: str = ""
    """What its connection calls itself."""
    outlived: float = 0.0
    """The greatest age in seconds at which an entry was left standing by one of its sweeps."""
    restored: float = inf
    """The smallest age in seconds at which one of its sweeps put an entry back."""

    @property
    def key(self) -> tuple[str, int | None]:
        """What it is known by; several of which nothing is known share one."""
        return self.worker, self.connection

    @property
    def period(self) -> float:
        """Seconds between two sweeps, nominally."""
        return self.interval * self.throttle

    @property
    def mingling(self) -> bool:
        """Whether the next sweep may come one call early: since connect none was seen, and mingle uses up
        one call (59 of 61 starts)."""
        return not self.seen and self.throttle > 1

    def nth(self, n: int) -> Window:
        """The `n`-th sweep after the last one known."""
        calls = n * self.throttle
        earliest = self.last.earliest + calls * self.interval
        if self.mingling:
            earliest -= self.interval
        latest = self.last.latest + calls * (self.interval + CALL_DELAY)
        return Window(earliest, latest).widened(n * self.spread)

    def cadence(self, *, early: bool) -> tuple[float, float]:
        """One consistent reading of what is known: the time of the next sweep after the last, and the time
        between two. `early` is the reading with the earliest sweeps; both agree once one was seen."""
        step = self.period + self.throttle * CALL_DELAY / 2
        if self.last.error <= SLACK:
            at = self.last.middle
        else:
            at = self.last.earliest if early else self.last.latest
        return at + step - (self.interval if early and self.mingling else 0.0), step

    def after(self, when: float) -> Window:
        """The first sweep at or after a time; both its neighbours where it is not clear which is first."""
        n = max(1, int((when - self.last.latest) / (self.period + self.throttle * CALL_DELAY)))
        while (window := self.nth(n)).latest < when:
            n += 1
        if window.earliest >= when:
            return window
        if window.error <= SLACK:
            # Every call comes a little late, and adds up: a sweep that is due at the very instant comes
            # after it (60 of 60 messages, hidden for five periods, were restored by the fifth sweep).
            return window if window.latest >= when - SWEEP_TIE else self.nth(n + 1)
        return Window(when, self.nth(n + 1).latest if window.middle < when else window.latest)

    def expected(self, near: float) -> list[Window]:
        """The windows around a time in which it may sweep."""
        if self.mingling:
            # Mingle used up one call, or none, or all but one (seen once).
            return [
                Window(
                    self.last.earliest + calls * self.interval,
                    self.last.latest + calls * (self.interval + CALL_DELAY),
                )
                for calls in (self.throttle - 1, self.throttle, 1)
            ]
        around = max(1, round((near - self.last.middle) / self.period))
        return [self.nth(n) for n in range(max(1, around - 1), around + 2)]

    def nearest(self, seen: Window) -> tuple[float, Window] | None:
        """How far a sweep that was seen lies from the nearest one expected, in seconds, and what both
        together say of its time; None where it cannot be this one's."""
        best: tuple[float, Window] | None = None
        for expected in self.expected(seen.middle):
            if expected.widened(SLACK).overlap(seen):
                distance = abs(expected.middle - seen.middle)
                if best is None or distance < best[0]:
                    best = distance, expected.overlap(seen) or seen
        return best

    def swept(self, at: Window) -> None:
        """One more of its sweeps was seen."""
        if self.ground != "known" and self.seen:
            self._measure(at)
        self.last = at
        self.seen += 1

    def _measure(self, at: Window) -> None:
        """The time between two of its sweeps is its period, or several of them where some were missed."""
        between, spread = at.middle - self.last.middle, at.error + self.last.error
        if between <= 2 * max(SLACK, spread):
            return
        shorter = between < self.period * 0.75
        if self.ground == "assumed":
            if abs(between - self.period) <= spread + self.throttle * CALL_DELAY:
                # As was assumed: then it is kombu's own period, to the millisecond.
                self.ground = "inferred"
                return
        elif not shorter and (spread >= self.spread or abs(between - self.period) > spread + self.spread):
            return
        self.interval, self.throttle, self.spread, self.ground = between, 1, spread, "inferred"

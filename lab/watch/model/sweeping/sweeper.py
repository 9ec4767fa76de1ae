"""One sweeper: when it swept last, its period, and so when it will sweep again."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from lab.watch.model.sweeping.settings import Ground
from lab.watch.model.sweeping.window import Window

CALL_DELAY = 0.006
"""Seconds that calls of the event loop's timer come late, each, on average at most, while the loop is idle:
1 to 2 ms for each of ten calls in a period of 100 s were measured, 3 to 6 ms for calls every second, single
ones up to 16 ms [celery 5.7.0]."""

QUICKEST_CALL = 0.0005
"""Seconds that each comes late for certain: 0.7 ms was the quickest of a hundred."""

LEAST_DELAY = 0.001
"""Seconds that each comes late at least, on average over a few calls."""

FEW = 5
"""Calls that surely add up to more delay than a pop takes. Of two calls a second apart, 2 in 44 did not."""

TAKEN = 0.005
"""Seconds from a sweep until a worker popped what it restored first, usually."""

SAME_SWEEP = 0.1
"""Seconds within which pops are of what one sweep put back."""

KEPT = 32
"""Sweeps of which it is kept when what they put back was popped."""

MEASURED = 1_000
"""Calls over which their delay is measured, at most: clocks differ."""

SURELY = 0.7
"""The part of a delay that was measured that is counted on."""

CLOCKS = 0.02
"""Seconds by which the clocks of two workers may differ without being noticed."""

SWEEP_TIE = 0.05
"""Seconds within which a sweep and the end of a visibility timeout cannot be told apart."""

SLACK = 0.3
"""Seconds beyond its window by which a sweep may still be taken for the one expected of a worker."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """What one sweep put back: when it was popped first, and by how many seconds the sweep that is due in its
    stead some periods later may be later than its sweeper's, where it may have been another one's."""

    first: float
    later: float = 0.0


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
    strange: bool = False
    """Whether it is nobody's who is known, and swept at other times than the workers do."""
    told: float = -inf
    """When its connection was last said to have swept."""
    tellings: int = 0
    """How often that was said."""
    address: str = ""
    name: str = ""
    """What its connection calls itself."""
    missed: int = 0
    """Sweeps that were due since the last one, and of which nothing was seen."""
    put_back: tuple[PutBack, ...] = ()
    """What each of its last sweeps put back, the newest last."""
    delay: float = LEAST_DELAY
    """Seconds that a call of it comes late, as what it put back shows."""
    outlived: float = 0.0
    """The greatest age in seconds at which an entry was left standing by one of its sweeps."""
    restored: float = inf
    """The smallest age in seconds at which one of its sweeps put an entry back."""
    quiet: float = field(default=-inf, repr=False, compare=False)
    """Until when readings of the counters say nothing of it, unless something else is heard."""

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
        """The `n`-th sweep after the last one known; before it, where `n` is negative."""
        calls = n * self.throttle
        early, late = sorted((calls * QUICKEST_CALL, calls * CALL_DELAY))
        earliest = self.last.earliest + calls * self.interval + early
        if self.mingling and n > 0:
            earliest -= self.interval
        latest = self.last.latest + calls * self.interval + late
        return Window(earliest, latest).widened(abs(n) * self.spread)

    def cadence(self, *, early: bool) -> tuple[float, float]:
        """One consistent reading of what is known: the time of the next sweep after the last, and the time
        between two. `early` is the reading with the earliest sweeps; both agree once one was seen."""
        step = self.period + self.throttle * CALL_DELAY / 2
        if self.last.error <= SLACK:
            at = self.last.middle
        else:
            at = self.last.earliest if early else self.last.latest
        return at + step - (self.interval if early and self.mingling else 0.0), step

    @property
    def rhythm(self) -> tuple[float, float, float, float]:
        """When its last sweep was at the earliest and at the latest, and the seconds from one to the next at
        the least and at the most: no window that `after` tells begins, or ends, sooner than these add up to.
        Of a stranger nothing is told."""
        if self.strange and self.ground == "assumed":
            return -inf, -inf, 0.0, 1.0
        least = self.throttle * (self.interval + QUICKEST_CALL) - self.spread
        most = self.period + self.throttle * CALL_DELAY + self.spread
        return self.last.earliest - (self.interval if self.mingling else 0.0), self.last.latest, least, most

    def after(self, score: float, timeout: float, now: float, *, likely: bool = False) -> Window:
        """The sweep that puts back what was popped at `score`, and was not put back until now: the first at
        or after the end of the timeout; where it is open which one that is, from the one to the other, or the
        `likely` one alone."""
        due = score + timeout
        if self.strange and self.ground == "assumed":
            return Window(max(due, now), inf)
        n = max(1, int((due - self.last.latest) / (self.period + self.throttle * CALL_DELAY)))
        while (window := self.nth(n)).latest < max(due, now):
            n += 1
        latest = window.latest
        # By a clock that is ahead by more than the timeout it was due before it was popped.
        if window.earliest - CLOCKS < due <= latest or timeout < 0.0:
            in_time = self._in_time(score, timeout, likely=likely)
            latest = self.nth(n + 1).latest if in_time is None else latest + in_time.later
        return Window(max(window.earliest, due, now), latest)

    def _in_time(self, score: float, timeout: float, *, likely: bool) -> PutBack | None:
        """What was put back with it, if the sweep that is due at the very instant comes after that, for
        certain or likely; None if that is open. It comes after it where this sweeper put the message back
        that was popped at `score`, some periods before: its calls come a little late, and that adds up (60 of
        60 messages, hidden for five periods of one call, were restored by the fifth sweep)."""
        if likely:
            follows = Window(score - SWEEP_TIE, score)
            return PutBack(score) if any(each.overlap(follows) for _, each in self.near(score)) else None
        calls = timeout / self.interval
        longest = calls * self.delay - TAKEN if calls >= FEW else -inf
        return next((each for each in self.put_back if 0.0 <= score - each.first <= longest), None)

    def popped(self, pop: float, later: float) -> None:
        """What one of its sweeps put back was popped at this time; or what one up to so much `later` did."""
        before = self.put_back[-1] if self.put_back else PutBack(0.0)
        if abs(pop - before.first) < SAME_SWEEP:
            same = PutBack(min(pop, before.first), max(later, before.later))
            self.put_back = *self.put_back[:-1], same
            return
        calls = round((pop - before.first) / self.interval)
        if 0 < calls < MEASURED and self.ground == "known":
            late = (pop - before.first) / calls - self.interval
            self.delay = min(max(SURELY * late, LEAST_DELAY), CALL_DELAY)
        self.put_back = *self.put_back[1 - KEPT :], PutBack(pop, later)

    def near(self, when: float) -> list[tuple[int, Window]]:
        """The sweeps around a time, each with its number, the last one that is known being 0."""
        around = round((when - self.last.middle) / self.period)
        return [(n, self.nth(n)) for n in range(around - 1, around + 2)]

    def sweeps_in(self, window: Window) -> list[tuple[int, Window]]:
        """Its sweeps that may have been made within a window, each with its number."""
        return [(n, each) for n, each in self.near(window.middle) if each.overlap(window)]

    def swept(self, at: Window) -> None:
        """One more of its sweeps was seen."""
        if self.ground != "known" and self.seen:
            self._measure(at)
        self.last = at
        self.seen += 1
        self.missed = 0

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

"""When the workers sweep: learned, without writing, from what can be seen of sweeps that were.

Each worker's channel counts its calls of `restore_visible` and sweeps on every Nth, N being
`unacked_restore_throttle`; calls come at connect and every `unacked_restore_interval` seconds
(`kombu.transport.redis:QoS.restore_visible`). So a worker sweeps with a fixed period from a phase that its
connection set. One sweep, seen between two readings of the server's counters, gives the phase to within the
reading period; every further one narrows it.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from lab.watch.facts import AnyFact, Configured, Gone, Offline, Online, Swept

CALL_DELAY = 0.006
"""Seconds that one call of the event loop's timer comes late, at most, while the loop is idle: 1 to 2 ms
for each of ten calls in a period of 100 s were measured, 6 ms for calls every second."""

SWEEP_TIE = 0.05
"""Seconds within which a sweep and the end of a visibility timeout cannot be told apart."""

REPOP = 0.05
"""Seconds between a sweep and the first pop of what it restored, at most, with an idle worker: 5 ms usual."""

CONNECT = 1.2
"""Seconds by which `worker-online` follows the sweep at connect, at most: 0.005 to 1.03 were measured."""

SLACK = 0.3
"""Seconds beyond its window by which a sweep may still be taken for the one expected of a worker."""

MISSED = 3
"""Expected sweeps in a row that were not seen, after which nobody is thought to sweep in that phase."""

UNKNOWN_INTERVAL, UNKNOWN_THROTTLE = 10.0, 10
"""Kombu's defaults, assumed where a worker's settings are not known: a sweep every 100 s."""

RESTORED = 64
"""Pops of restored messages that are kept, to sharpen a sweep that is learned of after them."""

SHORTEST = 0.1
"""Seconds of the shortest interval that is believed: settings come from the wire."""

MOST_SWEEPERS = 64
"""Phases that are followed at once."""

MEMORY = 4_000
"""Facts kept, so that one that comes late can be put where it belongs."""

NEVER_SWEEP = frozenset({"gevent", "eventlet"})
"""Pools whose workers practically never sweep (kombu#1025)."""


_Telling = Configured | Online | Offline | Gone | Swept


@dataclass(frozen=True, slots=True)
class Window:
    """A time that is known to lie between two others, Unix seconds."""

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


@dataclass(slots=True)
class Sweeper:
    """One worker's sweeps: the last one known, the period, and how many were seen."""

    worker: str
    last: Window
    interval: float
    throttle: int
    timeout: float | None
    """The visibility timeout that this worker sweeps with, in seconds; None if unknown."""
    seen: int = 0
    """Sweeps seen in this phase, the one at connect not counted."""

    @property
    def period(self) -> float:
        """Seconds between two sweeps, nominally."""
        return self.interval * self.throttle

    def nth(self, n: int) -> Window:
        """The `n`-th sweep after the last one known."""
        calls = n * self.throttle
        earliest = self.last.earliest + calls * self.interval
        if not self.seen and self.throttle > 1:
            # Since connect no sweep was seen: mingle used up one call (59 of 61 starts), or it did not.
            earliest -= self.interval
        return Window(earliest, self.last.latest + calls * (self.interval + CALL_DELAY))

    def cadence(self, *, early: bool) -> tuple[float, float]:
        """One consistent reading of what is known: the time of the next sweep after the last, and the time
        between two. `early` is the reading with the earliest sweeps; both agree once one was seen."""
        step = self.period + self.throttle * CALL_DELAY / 2
        if self.last.error <= SLACK:
            at = self.last.middle
        else:
            at = self.last.earliest if early else self.last.latest
        mingled = early and not self.seen and self.throttle > 1
        return at + step - (self.interval if mingled else 0.0), step

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


class Sweeps:
    """Every sweeper that is known, each with its phase. Facts may come out of order within `MEMORY`."""

    def __init__(self) -> None:
        self.sweepers: list[Sweeper] = []
        self._configured: dict[str, Configured] = {}
        self._log: list[tuple[float, int, _Telling]] = []
        self._count = 0
        self._pops: deque[float] = deque(maxlen=RESTORED)

    def apply(self, fact: AnyFact) -> None:
        """Learn from one fact; most say nothing of sweeps."""
        if isinstance(fact, Configured | Online | Offline | Gone | Swept):
            self._learn_in_order(fact.at, fact)

    def restored(self, at: float) -> None:
        """A message was popped again at this time: within milliseconds of the sweep that restored it."""
        self._pops.append(at)
        self._sharpen(at)

    def sweeping(self, now: float) -> list[Sweeper]:
        """The sweepers that still do: one of which several sweeps in a row did not come is left out."""
        return [sweeper for sweeper in self.sweepers if sweeper.nth(MISSED).latest + SLACK > now]

    @property
    def unswept(self) -> bool:
        """Whether every worker whose pool is known is of a kind that never sweeps."""
        pools = {known.pool for worker, known in self._configured.items() if worker}
        return bool(pools) and pools <= NEVER_SWEEP

    def next_sweep(self, now: float) -> tuple[Sweeper, Window] | None:
        """The sweep that comes next, and whose it is; None if nobody is known to sweep."""
        coming = [(sweeper, sweeper.after(now)) for sweeper in self.sweeping(now)]
        return min(coming, key=lambda pair: pair[1].middle, default=None)

    def _learn_in_order(self, at: float, fact: _Telling) -> None:
        self._count += 1
        entry = (at, self._count, fact)
        late = bool(self._log) and at < self._log[-1][0]
        insort(self._log, entry, key=lambda e: e[:2])
        if late:
            self.sweepers, self._configured = [], {}
            for _, _, each in self._log:
                self._learn(each)
        else:
            self._learn(fact)
        if len(self._log) > MEMORY:
            settings = [e for e in self._log[: MEMORY // 2] if isinstance(e[2], Configured | Online)]
            self._log = settings[-MEMORY // 8 :] + self._log[MEMORY // 2 :]

    def _learn(self, fact: _Telling) -> None:
        match fact:
            case Configured():
                self._configured[fact.worker] = fact
                for sweeper in self.sweepers:
                    self._settle(sweeper)
            case Online():
                self._connected(fact)
            case Offline() | Gone():
                self.sweepers = [s for s in self.sweepers if s.worker != fact.worker]
            case Swept():
                self._swept(fact)

    def _settle(self, sweeper: Sweeper) -> None:
        """Give a sweeper its settings: its worker's, or those that every known worker agrees on."""
        known = self._configured.get(sweeper.worker)
        if known is None and self._configured:
            known = min(self._configured.values(), key=lambda each: each.visibility_timeout or inf)
        if known:
            sweeper.interval = max(known.interval or UNKNOWN_INTERVAL, SHORTEST)
            sweeper.throttle = max(known.throttle or UNKNOWN_THROTTLE, 1)
            sweeper.timeout = known.visibility_timeout

    def _begin(self, worker: str, last: Window, seen: int) -> None:
        sweeper = Sweeper(worker, last, UNKNOWN_INTERVAL, UNKNOWN_THROTTLE, None, seen)
        self._settle(sweeper)
        self.sweepers.append(sweeper)

    def _connected(self, fact: Online) -> None:
        """A connection resets the phase; the sweep at connect may have been seen already."""
        known = self._configured.get(fact.worker)
        if known and known.pool in NEVER_SWEEP:
            return
        # On the observer's clock: the worker's own may differ.
        at = fact.seen or fact.at
        at_connect = Window(at - CONNECT, at)
        self.sweepers = [s for s in self.sweepers if s.worker != fact.worker]
        for sweeper in self.sweepers:
            if not sweeper.worker and sweeper.seen == 1 and (seen := at_connect.overlap(sweeper.last)):
                sweeper.worker, sweeper.last, sweeper.seen = fact.worker, seen, 0
                self._settle(sweeper)
                return
        self._begin(fact.worker, at_connect, 0)

    def _swept(self, fact: Swept) -> None:
        """Find each sweep its worker: the one of which it was expected. A sweep that nobody was expected
        to make begins a phase of its own."""
        seen = Window(fact.since, fact.at)
        free = list(self.sweepers)
        for _ in range(min(fact.count, MOST_SWEEPERS)):
            found = min(
                (match for sweeper in free if (match := _match(sweeper, seen))),
                key=lambda match: match[0],
                default=None,
            )
            if found:
                _, expected, last = found
                expected.last = last
                expected.seen += 1
                free.remove(expected)
            elif not self._at_connect(seen, free) and len(self.sweepers) < MOST_SWEEPERS:
                self._begin("", seen, 1)
        for at in self._pops:
            if fact.since <= at <= fact.at + REPOP:
                self._sharpen(at)
        self.sweepers = [s for s in self.sweepers if s.nth(MISSED).latest + SLACK > fact.at]

    def _at_connect(self, seen: Window, free: list[Sweeper]) -> bool:
        """Whether this was the sweep that a worker makes at connect, which then says when that was."""
        for sweeper in free:
            if not sweeper.seen and sweeper.last.error > SLACK and (at := sweeper.last.overlap(seen)):
                sweeper.last = at
                return True
        return False

    def _sharpen(self, at: float) -> None:
        """The first message restored by a sweep is popped at once: the sweep was just before."""
        just_before = Window(at - REPOP, at)
        for sweeper in self.sweepers:
            if sweeper.last.error > REPOP and (narrow := sweeper.last.overlap(just_before)):
                sweeper.last = narrow
                return


def _match(sweeper: Sweeper, seen: Window) -> tuple[float, Sweeper, Window] | None:
    """How far a sweep lies from the nearest one expected, and what both together say of its time."""
    best: tuple[float, Sweeper, Window] | None = None
    for expected in _expected(sweeper, seen.middle):
        wide = Window(expected.earliest - SLACK, expected.latest + SLACK)
        if wide.overlap(seen):
            distance = abs(expected.middle - seen.middle)
            if best is None or distance < best[0]:
                best = distance, sweeper, expected.overlap(seen) or seen
    return best


def _expected(sweeper: Sweeper, near: float) -> Iterator[Window]:
    """The windows around a time in which this worker may sweep."""
    if sweeper.seen or sweeper.throttle <= 1:
        around = max(1, round((near - sweeper.last.middle) / sweeper.period))
        yield from (sweeper.nth(n) for n in range(max(1, around - 1), around + 2))
        return
    # Since connect no sweep was seen. Mingle used up one call, or none, or all but one (seen once).
    for calls in (sweeper.throttle - 1, sweeper.throttle, 1):
        yield Window(
            sweeper.last.earliest + calls * sweeper.interval,
            sweeper.last.latest + calls * (sweeper.interval + CALL_DELAY),
        )

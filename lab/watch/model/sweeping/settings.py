"""What the workers run with, each number with how it is known: said, inferred, assumed, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal

from lab.watch.facts import Configured, Gone, Offline, Online, SaidBy, WorkerFact
from lab.watch.sweep_options import DEFAULT_INTERVAL, DEFAULT_THROTTLE, DEFAULT_TIMEOUT

SHORTEST = 0.1
"""Seconds of the shortest interval that is believed: settings come from the wire."""

LARGEST_THROTTLE = 1_000_000
"""The largest throttle that is believed."""

REMEMBERED = 4_096
"""Workers of which the settings are kept; the ones that were said first give way."""

Ground = Literal["known", "inferred", "assumed", "unknown"]
"""Said by a worker, its app, the user or the lab; bounded by what was seen; Celery's default; nothing."""

NEVER_SWEEP = frozenset({"gevent", "eventlet"})
"""Pools whose workers practically never sweep: `MultiChannelPoller.get` raises `Empty` on BRPOP's nil reply
before it comes to `maybe_restore_messages` (`kombu/transport/redis.py`, 5.7.0; kombu#1025)."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """A visibility timeout in seconds: a message younger than `least` is never put back, one older than
    `most` always is. Both are the same where it was said; `most` is infinite where nothing bounds it."""

    least: float
    most: float
    ground: Ground
    supposed: float | None = None
    """The number that is assumed, which lies between the bounds; None where none is."""

    @property
    def value(self) -> float | None:
        """The one number that it is, or is assumed to be; None where there are only bounds."""
        return self.least if self.least == self.most else self.supposed

    @property
    def shown(self) -> float:
        """The number to count down from: the value, or else the least that it is."""
        return self.least if self.value is None else self.value


def said(seconds: float) -> Timeout:
    """A timeout that somebody named who must know it."""
    return Timeout(seconds, seconds, "known")


ASSUMED = Timeout(0.0, inf, "assumed", DEFAULT_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Options:
    """What one worker runs with. `ground` is how interval and throttle are known."""

    timeout: Timeout
    interval: float
    throttle: int
    ground: Ground
    pool: str = ""

    @property
    def period(self) -> float:
        """Seconds between two sweeps, nominally."""
        return self.interval * self.throttle


@dataclass(frozen=True, slots=True)
class Hidden:
    """For how long a message is hidden on this broker: the smallest timeout of the workers that are up.

    `said` of `workers` named theirs (or their app, the user, the lab did). `by` is who, where all agree.
    """

    timeout: Timeout
    said: int
    workers: int
    by: SaidBy | None = None


class TransportSettings:
    """The transport options that are known of each worker. Facts may come in any order and more than once.

    Settings go with their worker: one that went offline and came back as another process has to say them
    anew, so that a rolling deploy does not leave the old ones in force.
    """

    def __init__(self) -> None:
        self._said: dict[str, Configured] = {}
        self._ended: dict[str, tuple[float, int]] = {}
        """When a worker last went, and its pid: what it said before that no longer counts."""
        self._smallest: float | None = None
        """The smallest timeout that was ever said, in seconds."""
        self._options: dict[str, Options] = {}
        """What `of` answered, until something is said that may change it."""

    def apply(self, fact: WorkerFact) -> bool:
        """Take one fact in; whether a sweep may now come sooner than was thought before."""
        self._options.pop(fact.worker, None)
        match fact:
            case Configured():
                return self._configure(fact)
            case Offline() | Gone():
                self._end(fact.worker, fact.at, fact.pid)
            case Online():
                known = self._ended.get(fact.worker, (0.0, 0))
                if fact.pid and fact.pid == known[1] and fact.at >= known[0]:
                    # The same process, which only lost its connection: it runs with what it ran with.
                    del self._ended[fact.worker]
                said_before = self._said.get(fact.worker)
                if said_before and fact.pid and said_before.pid not in (0, fact.pid):
                    # Another process took the name, without a word of the one before, as after a kill.
                    self._end(fact.worker, min(said_before.at, fact.seen or fact.at), said_before.pid)
        return False

    def soonest(self, ahead: float) -> float | None:
        """The shortest time in seconds in which a sweep may redeliver; None if no timeout was said. Anybody's
        client may sweep with Celery's default. A sweeper whose clock is `ahead` by so many seconds finds
        everything older than it is."""
        return max(0.0, min(self._smallest, DEFAULT_TIMEOUT) - ahead) if self._smallest is not None else None

    def of(self, worker: str) -> Options:
        """What a worker runs with: what it said, or what was said of all; Celery's defaults otherwise."""
        known = self._options.get(worker)
        if known is None:
            if len(self._options) > 2 * REMEMBERED:
                self._options.clear()
            known = self._options[worker] = self._worked_out(worker)
        return known

    def _worked_out(self, worker: str) -> Options:
        own = self._of(worker) if worker else None
        general = self._said.get("")
        answers = [each for each in (own, general) if each is not None]
        pool = answers[0].pool if answers else ""
        timeout = _first(each.visibility_timeout for each in answers)
        interval = _first(each.interval for each in answers)
        throttle = _first(each.throttle for each in answers)
        return Options(
            timeout=ASSUMED if timeout is None else said(timeout),
            interval=max(DEFAULT_INTERVAL if interval is None else interval, SHORTEST),
            throttle=min(max(int(DEFAULT_THROTTLE if throttle is None else throttle), 1), LARGEST_THROTTLE),
            ground="assumed" if interval is None or throttle is None else "known",
            pool=pool,
        )

    def any(self, up: Collection[str]) -> Options:
        """What somebody of whom nothing is known runs with: what all workers that are up agree on; else the
        smallest timeout among theirs and Celery's default, as an assumption."""
        general = self._said.get("")
        if general is not None and general.visibility_timeout is not None:
            return self.of("")
        options = [self.of(name) for name in up] or [self.of(worker) for worker in self._said if worker]
        if not options:
            return self.of("")
        agreed = {(each.timeout, each.interval, each.throttle, each.ground) for each in options}
        if len(agreed) == 1:
            return options[0]
        smallest = min(DEFAULT_TIMEOUT, *(each.timeout.shown for each in options))
        base = min(options, key=lambda each: each.period)
        return Options(Timeout(0.0, inf, "assumed", smallest), base.interval, base.throttle, "assumed")

    def hidden(self, up: Collection[str]) -> Hidden:
        """For how long messages are hidden, as far as the workers that are up decide it."""
        names = list(up)
        if not names:
            # That is what will be in force again.
            names = [worker for worker in self._said if worker and self._of(worker)] or [""]
        options = [(name, self.of(name)) for name in names]
        known = [each.timeout.least for _, each in options if each.timeout.ground == "known"]
        by = {each.by for name, _ in options if (each := self._of(name) or self._said.get(""))}
        timeout = min((each.timeout for _, each in options), key=lambda each: each.shown)
        if known and len(known) < len(options):
            # Who has not said it may have another one.
            timeout = Timeout(0.0, min(known), "assumed", min(known))
        return Hidden(timeout, len(known), len(up), by.pop() if len(by) == 1 else None)

    def _end(self, worker: str, at: float, pid: int) -> None:
        if at >= self._ended.get(worker, (0.0, 0))[0]:
            self._ended[worker] = at, pid
            if _keep_latest(self._ended):
                self._options.clear()

    def _configure(self, fact: Configured) -> bool:
        known = self._said.get(fact.worker)
        if known is not None and known.at > fact.at:
            return False
        self._said.pop(fact.worker, None)
        self._said[fact.worker] = fact
        if _keep_latest(self._said) or not fact.worker:
            self._options.clear()
        timeout = fact.visibility_timeout
        if timeout is not None and (self._smallest is None or timeout < self._smallest):
            self._smallest = timeout
            return True
        return False

    def _of(self, worker: str) -> Configured | None:
        found = self._said.get(worker)
        ended = self._ended.get(worker)
        if found is None or (ended is not None and ended[0] >= found.at):
            return None
        return found


def _first(values: Iterable[float | None]) -> float | None:
    return next((value for value in values if value is not None), None)


def _keep_latest(among: dict[str, Configured] | dict[str, tuple[float, int]]) -> bool:
    """Whether some had to give way."""
    # A dict of this size is cut rarely: names of workers come from the wire.
    if len(among) <= 2 * REMEMBERED:
        return False
    for name in list(among)[:REMEMBERED]:
        if name:
            del among[name]
    return True


def bounded(timeout: Timeout, outlived: float, restored: float) -> Timeout:
    """A timeout in the light of what was seen of its sweeper: an entry that stood after its sweep at age
    `outlived` (0 where none did), one that it put back at age `restored` (infinite where none was). Seconds.

    What was seen is stronger than what was assumed, and than what was said.
    """
    least, most = max(timeout.least, outlived), min(timeout.most, restored)
    if timeout.ground == "known":
        # Or else it sweeps with another timeout than it said, or somebody else in its place.
        agrees = outlived < timeout.most and timeout.least <= restored
        return timeout if agrees else Timeout(outlived, restored, "unknown")
    if timeout.supposed is not None and least < timeout.supposed <= most:
        return Timeout(least, most, timeout.ground, timeout.supposed)
    return Timeout(outlived, restored, "inferred")

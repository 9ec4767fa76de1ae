"""The lives of worker processes: which one ended, when, and how that is known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from lab.watch.facts import Configured, Gone, Heartbeat, Offline, Online, WorkerFact
from lab.watch.model.life import FELL_SILENT, OFFLINE, Ending, Life

SILENCE = 20.0
"""Seconds without a heartbeat, while others are heard, until a process is presumed gone: ten of Celery's
default heartbeats. Presumed only: a frozen process that is heard again was never gone."""

LIVES_OF_ONE, LIVES_IN_ALL = 16, 4_096
"""Processes that are remembered under one name, and altogether."""


class Lives:
    """Every worker process that was heard of. Facts may come in any order and more than once."""

    def __init__(self) -> None:
        self._lives: OrderedDict[tuple[str, int], Life] = OrderedDict()
        self._names: dict[str, list[Life]] = {}
        self._known: dict[tuple[str, int], tuple[Ending | None, int, bool]] = {}
        self._touched: set[tuple[str, int]] = set()
        self._looked = 0.0
        self.skewed = False
        """Whether any worker's clock ever differed from the observer's."""
        self._apart = False
        """Whether any clock ever seemed to differ from the observer's by more than an event takes."""
        self.forgotten = False
        """Whether a process was forgotten, as one of too many, of which nothing said that it ended."""
        self.latest_seen = 0.0
        """When any worker was last heard, on the observer's clock."""

    def apply(self, fact: WorkerFact) -> None:
        """Take one fact in. A fact without a pid, or of settings only, says nothing of a life."""
        if isinstance(fact, Configured) or not fact.pid:
            return
        if isinstance(fact, Online | Heartbeat):
            self.hear(fact.worker, fact.pid, fact.at, fact.seen)
        life = self._life(fact.worker, fact.pid, fact.at)
        match fact:
            case Online():
                life.online(fact.at, fact.clock)
                life.software = fact.software or life.software
            case Heartbeat():
                life.beats, life.every = True, fact.every
                if fact.active == 0 and fact.at > (life.idle or 0.0):
                    life.idle = fact.at
            case Offline():
                life.offline(fact.at)
            case Gone():
                if life.gone is None or fact.at < life.gone.at:
                    life.gone = Ending(fact.at, fact.why)
        self._touched.add((fact.worker, fact.pid))

    def hear(self, worker: str, pid: int, at: float, seen: float) -> None:
        """A process said something: it was alive then, and its clock showed this time."""
        life = self._lives.get((worker, pid)) or self._life(worker, pid, at)
        if at > life.heard:
            life.heard = at
            if life.offlines or life.gone:
                self._touched.add((worker, pid))
        if seen:
            life.words += 1
            if (ahead := at - seen) > life.ahead:
                life.ahead = ahead
                self.skewed = self.skewed or life.skew != 0.0
                self._apart = self._apart or life.clock != (0.0, 0.0)
        seen = seen or at
        life.first = life.first or seen
        if seen > life.seen:
            life.seen = seen
            if seen > self.latest_seen:
                self.latest_seen = seen

    @property
    def most_ahead(self) -> float:
        """By how many seconds the clock of any worker is ahead of the observer's, at most."""
        return max((life.skew for life in self), default=0.0) if self.skewed else 0.0

    def changed(self) -> set[str]:
        """Names of workers of which an ending or a lost connection came to light, or an ending proved
        wrong, since the last call."""
        touched, self._touched = self._touched, set()
        if self.latest_seen - self._looked > 1.0:
            # Silence is nobody's fact: look at all of them, once a second.
            self._looked = self.latest_seen
            touched |= self._lives.keys()
        names = set()
        for key in touched:
            if life := self._lives.get(key):
                known = self._ending(life), life.turns, bool(life.offlines)
                if self._known.get(key, (None, 1, False)) != known:
                    names.add(life.worker)
                self._known[key] = known
        return names

    def ending(self, worker: str, pid: int) -> Ending | None:
        """How this process ended; None if nothing says that it did."""
        life = self._lives.get((worker, pid))
        return self._ending(life) if life else None

    def life(self, worker: str, pid: int) -> Life | None:
        """What is known of this process."""
        return self._lives.get((worker, pid))

    def skew(self, worker: str) -> float:
        """By how many seconds the clock of the last process of this name is ahead of the observer's."""
        lives = self._names.get(worker)
        return max(lives, key=lambda life: life.seen).skew if lives else 0.0

    def clock(self, worker: str) -> tuple[float, float]:
        """By how many seconds the clock of the last process of this name is ahead of the observer's, at least
        and at most; of nobody in particular where the name is empty: that of any that is known."""
        if not self._apart:
            return 0.0, 0.0
        if lives := self._names.get(worker):
            return max(lives, key=lambda life: life.seen).clock
        clocks = [max(lives, key=lambda life: life.seen).clock for lives in self._names.values()]
        return min((each[0] for each in clocks), default=0.0), max((each[1] for each in clocks), default=0.0)

    def present(self, now: float) -> Iterator[Life]:
        """The last life under each name that is not known to have ended, in order of names."""
        for name in sorted(self._names):
            life = max(self._names[name], key=lambda life: life.born)
            quiet = life.beats and now - life.seen > SILENCE + SILENCE
            if self._ending(life) is None and not quiet:
                yield life

    def __iter__(self) -> Iterator[Life]:
        return iter(self._lives.values())

    def _life(self, worker: str, pid: int, at: float) -> Life:
        life = self._lives.get((worker, pid))
        if life is None:
            life = self._lives[worker, pid] = Life(worker, pid, at, 0.0)
            siblings = self._names.setdefault(worker, [])
            siblings.append(life)
            self._touched |= {(worker, each.pid) for each in siblings}
            self._forget(siblings)
        if at < life.born:
            life.born = at
        return life

    def _forget(self, siblings: list[Life]) -> None:
        """Names and pids come from the wire: keep a bounded number of them, the latest."""
        if len(siblings) > LIVES_OF_ONE:
            oldest = min(siblings, key=lambda life: life.born)
            siblings.remove(oldest)
            del self._lives[oldest.worker, oldest.pid]
            self._known.pop((oldest.worker, oldest.pid), None)
        if len(self._lives) > LIVES_IN_ALL:
            key, life = self._lives.popitem(last=False)
            self.forgotten = self.forgotten or self._ending(life) is None
            self._known.pop(key, None)
            name = life.worker
            self._names[name].remove(life)
            if not self._names[name]:
                del self._names[name]

    def _ending(self, life: Life) -> Ending | None:
        if life.gone:
            # Whoever started it says so, by another clock than its own.
            return replace(life.gone, at=life.gone.at + life.skew) if life.skew else life.gone
        if life.offlines and life.offlines[-1] >= life.heard:
            return Ending(life.offlines[-1], OFFLINE)
        siblings = self._names[life.worker]
        if len(siblings) > 1 and any(other.born > life.heard for other in siblings if other is not life):
            return Ending(life.heard, "another process took its name", certain=False)
        if life.beats and self.latest_seen - life.seen > SILENCE:
            return Ending(life.heard, FELL_SILENT, certain=False)
        return None

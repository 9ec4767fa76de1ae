"""The lives of worker processes: which one ended, when, and how that is known."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lab.watch.facts import Configured, Gone, Heartbeat, Offline, Online, WorkerFact

SILENCE = 20.0
"""Seconds without a heartbeat, while others are heard, until a process is presumed gone: ten of Celery's
default heartbeats. Presumed only: a frozen process that is heard again was never gone."""


@dataclass(frozen=True, slots=True)
class Ending:
    """When and why a process ended; `certain` is False where only its silence says so."""

    at: float
    why: str
    certain: bool = True


@dataclass(slots=True)
class Life:
    """One worker process: a name and the pid of its main process."""

    worker: str
    pid: int
    born: float
    heard: float
    software: str = ""
    beats: bool = False
    """Whether it sends heartbeats, so that their absence means something."""
    onlines: list[float] = field(default_factory=list)
    offlines: list[float] = field(default_factory=list)
    gone: Ending | None = None

    def cut(self, after: float) -> float | None:
        """When it first lost its connection after a time: it then drops every copy that it held
        (`celery.worker.consumer.consumer:Consumer.on_close`)."""
        i = bisect_left(self.offlines, after)
        return self.offlines[i] if i < len(self.offlines) else None


class Lives:
    """Every worker process that was heard of. Facts may come in any order and more than once."""

    def __init__(self) -> None:
        self._lives: dict[tuple[str, int], Life] = {}
        self._names: dict[str, list[Life]] = {}
        self._known: dict[tuple[str, int], tuple[Ending | None, int]] = {}
        self.latest = 0.0

    def apply(self, fact: WorkerFact) -> None:
        """Take one fact in. A fact without a pid, or of settings only, says nothing of a life."""
        if isinstance(fact, Configured) or not fact.pid:
            return
        life = self._life(fact.worker, fact.pid, fact.at)
        match fact:
            case Online():
                _add(life.onlines, fact.at)
                life.software = fact.software or life.software
                life.heard = max(life.heard, fact.at)
            case Heartbeat():
                life.beats = True
                life.heard = max(life.heard, fact.at)
            case Offline():
                _add(life.offlines, fact.at)
            case Gone():
                if life.gone is None or fact.at < life.gone.at:
                    life.gone = Ending(fact.at, fact.why)
        self.latest = max(self.latest, life.heard)

    def hear(self, worker: str, pid: int, at: float) -> None:
        """A process said something of a task: it was alive then."""
        life = self._lives.get((worker, pid)) or self._life(worker, pid, at)
        if at > life.heard:
            life.heard = at
            if at > self.latest:
                self.latest = at

    def _life(self, worker: str, pid: int, at: float) -> Life:
        life = self._lives.get((worker, pid))
        if life is None:
            life = Life(worker, pid, at, 0.0)
            self._lives[worker, pid] = life
            self._names.setdefault(worker, []).append(life)
        life.born = min(life.born, at)
        return life

    def changed(self) -> set[str]:
        """Names of workers of which an ending or a lost connection came to light, or an ending proved
        wrong, since the last call."""
        names = set()
        for key, life in self._lives.items():
            known = self._ending(life), len(life.offlines)
            if self._known.get(key, (None, 0)) != known:
                self._known[key] = known
                names.add(life.worker)
        return names

    def ending(self, worker: str, pid: int) -> Ending | None:
        """How this process ended; None if nothing says that it did."""
        life = self._lives.get((worker, pid))
        return self._ending(life) if life else None

    def life(self, worker: str, pid: int) -> Life | None:
        """What is known of this process."""
        return self._lives.get((worker, pid))

    def present(self, now: float) -> Iterator[Life]:
        """The last life under each name that is not known to have ended, in order of names."""
        for name in sorted(self._names):
            life = max(self._names[name], key=lambda life: life.born)
            if self._ending(life) is None:
                yield life

    def __iter__(self) -> Iterator[Life]:
        return iter(self._lives.values())

    def _ending(self, life: Life) -> Ending | None:
        if life.gone:
            return life.gone
        if life.offlines and life.offlines[-1] >= life.heard:
            return Ending(life.offlines[-1], "it went offline")
        heirs: Iterable[float] = (
            other.born for other in self._names[life.worker] if other is not life and other.born > life.heard
        )
        heir = min(heirs, default=None)
        if heir is not None:
            return Ending(heir, "another process took its name")
        if life.beats and self.latest - life.heard > SILENCE:
            return Ending(life.heard, "it fell silent", certain=False)
        return None


def _add(times: list[float], at: float) -> None:
    if at not in times:
        insort(times, at)

"""What stands in for a session, a rig, a sender and a scenario's run: fed with facts, noting orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from lab.experiments.cure import Cure
from lab.experiments.runs.log import LogLine
from lab.experiments.runs.progress import Stage as Step
from lab.experiments.runs.verdict import ScenarioVerdict, Word
from lab.experiments.scenario import Scenario
from lab.rig.rig import Rig
from lab.rig.state import RigState, WorkerState
from lab.session import News, Way
from lab.watch import facts
from lab.watch.model.model import Model
from lab.watch.observer import Observer
from lab.watch.recording.recorder import Recorder
from tests.lab.watch.telling import PIDS, ZERO


class FakeRig:
    """Notes the orders that a rig gets."""

    def __init__(self, timeout: int = 5) -> None:
        self.orders: list[tuple[Any, ...]] = []
        workers = tuple(WorkerState(name, PIDS[name], "running", None, timeout) for name in ("w1", "w2"))
        self.state = RigState("lab", "redis://h/0", "", True, timeout, 1, 1, workers=workers)

    def restart_workers(self, visibility_timeout: int) -> None:
        self.orders.append(("restart", visibility_timeout))
        self.state = replace(self.state, visibility_timeout=visibility_timeout)

    def add_worker(self, *, taken: object = ()) -> str:
        self.orders.append(("add",))
        return "w3@lab"

    def retire_worker(self) -> str | None:
        """The newest worker goes at once."""
        self.orders.append(("retire",))
        if not self.state.workers:
            return None
        *staying, retired = self.state.workers
        self.state = replace(self.state, workers=tuple(staying))
        return retired.name

    def kill_worker(self, name: str) -> None:
        self.orders.append(("kill", name))


@dataclass
class FedSession:
    """A session that knows what it was told."""

    told: Iterable[facts.AnyFact] = ()
    rig: Rig | None = None
    url: str | None = "redis://:secret@127.0.0.1:6379/0"
    embedded: bool = True
    prefix: str = ""
    live: bool = True
    lost: str | None = None
    attached: bool = False
    recorder: Recorder | None = None
    observer: Observer = field(default_factory=Observer)

    @property
    def way(self) -> Way:
        if not self.live:
            return "replay"
        return "attached" if self.attached else "lab"

    def __post_init__(self) -> None:
        self.tell(
            facts.Connected(at=ZERO, source="keys"),
            facts.Connected(at=ZERO, source="events"),
            facts.Server(at=ZERO, version="Valkey 9.1.0"),
            facts.Configured(at=ZERO, worker="", visibility_timeout=5, interval=1, throttle=1, by="lab"),
            facts.Online(at=ZERO, worker="w1", pid=PIDS["w1"]),
            facts.Online(at=ZERO, worker="w2", pid=PIDS["w2"]),
        )
        self.tell(*self.told)

    @property
    def model(self) -> Model:
        return self.observer.model

    def tell(self, *more: facts.AnyFact) -> None:
        for fact in more:
            self.observer.put(fact)

    def look(self) -> News:
        return News(self.observer.drain())


@dataclass
class FakeRun:
    """A run of a scenario that does what the test says."""

    scenario: Scenario
    cure: Cure | None = None
    began: float = ZERO
    now: float = ZERO
    step: int = 0
    verdict: ScenarioVerdict | None = None
    closed: bool = False
    looks: int = 0
    rig: Rig | None = None
    url: str | None = "redis://127.0.0.1:7000/0"
    prefix: str = ""
    embedded: bool = True
    lost: str | None = None
    log: list[LogLine] = field(default_factory=list)
    observer: Observer = field(default_factory=Observer)

    def __post_init__(self) -> None:
        self.log.append(LogLine(ZERO, "expect", self.scenario.expect))
        self.tell(facts.Connected(at=ZERO, source="keys"), facts.Connected(at=ZERO, source="events"))

    @property
    def model(self) -> Model:
        return self.observer.model

    @property
    def done(self) -> bool:
        return self.verdict is not None

    @property
    def stages(self) -> list[Step]:
        names = ["the workers are up", "send a task", "it has run"]
        return [
            Step(name, "done" if n < self.step else "current" if n == self.step else "waiting")
            for n, name in enumerate(names)
        ]

    def tell(self, *more: facts.AnyFact) -> None:
        for fact in more:
            self.observer.put(fact)

    def end(self, word: Word, why: str) -> None:
        cure = self.cure.id if self.cure else None
        self.verdict = ScenarioVerdict(self.scenario.id, cure, word, why, seconds=self.now - self.began)

    def clock(self) -> float:
        return self.now

    def look(self) -> News:
        self.looks += 1
        return News(self.observer.drain())

    def stop(self) -> None:
        if not self.done:
            self.end("stopped", "it was stopped before its end")

    def close(self) -> None:
        self.stop()
        self.closed = True


class FakeSender:
    """Notes what it was asked to send, and names each message by its number."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[float, str, int]] = []
        self.error = error

    def fire(self, seconds: float, name: str, count: int = 1) -> list[Any]:
        if self.error:
            raise self.error
        self.sent.append((seconds, name, count))
        return [SimpleNamespace(id=f"task-{len(self.sent)}") for _ in range(count)]

    def close(self) -> None:
        pass

"""Facts told by hand: one message's life as a few calls, in seconds from an arbitrary zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.watch import facts
from lab.watch.model.accounts.account import Attempt
from lab.watch.model.model import Model

ZERO = 1_000_000.0
PIDS = {"w1": 101, "w2": 102, "w3": 103}


@dataclass
class Telling:
    """Collects facts about message `id`; every call is one fact."""

    id: str = "task-1"
    tag: str = "tag-1"
    eta: float | None = 28.0
    facts: list[facts.AnyFact] = field(default_factory=list)
    clock: int = 0

    def _add(self, kind: type, at: float, **more: object) -> Telling:
        self.facts.append(kind(at=ZERO + at, seen=ZERO + at, **more))
        return self

    def _task(self, kind: type, at: float, worker: str, **more: object) -> Telling:
        self.clock += 1
        pid = PIDS.get(worker, 0)
        return self._add(kind, at, id=self.id, worker=worker, pid=pid, clock=self.clock, **more)

    def _due(self) -> float | None:
        return None if self.eta is None else ZERO + self.eta

    def settings(
        self, timeout: float = 5, interval: float = 1, throttle: int = 1, worker: str = "", by: str = "lab"
    ) -> Telling:
        return self._add(
            facts.Configured,
            0,
            worker=worker,
            visibility_timeout=timeout,
            interval=interval,
            throttle=throttle,
            by=by,
        )

    def online(self, at: float, worker: str, pid: int | None = None) -> Telling:
        return self._add(facts.Online, at, worker=worker, pid=pid or PIDS[worker])

    def heartbeat(self, at: float, worker: str, active: int | None = None) -> Telling:
        return self._add(facts.Heartbeat, at, worker=worker, pid=PIDS[worker], active=active)

    def offline(self, at: float, worker: str) -> Telling:
        return self._add(facts.Offline, at, worker=worker, pid=PIDS[worker])

    def gone(self, at: float, worker: str) -> Telling:
        return self._add(facts.Gone, at, worker=worker, pid=PIDS[worker], why="it was killed")

    def sent(self, at: float, retries: int = 0, queue: str = "") -> Telling:
        return self._task(
            facts.Sent,
            at,
            "producer",
            task="lab.run",
            args="['CELERY']",
            eta=self._due(),
            retries=retries,
            queue=queue,
        )

    def payload(self, at: float, retries: int = 0) -> Telling:
        return self._add(
            facts.Payload, at, tag=self.tag, id=self.id, task="lab.run", eta=self._due(), retries=retries
        )

    def popped(self, at: float) -> Telling:
        return self._add(facts.Popped, at, tag=self.tag)

    def aged(self, at: float, seconds: float) -> Telling:
        return self._add(facts.Aged, at, tag=self.tag, score=ZERO + at - seconds)

    def left(self, at: float) -> Telling:
        return self._add(facts.Left, at, tag=self.tag)

    def received(self, at: float, worker: str, retries: int = 0) -> Telling:
        return self._task(facts.Received, at, worker, task="lab.run", eta=self._due(), retries=retries)

    def started(self, at: float, worker: str) -> Telling:
        return self._task(facts.Started, at, worker)

    def succeeded(self, at: float, worker: str, runtime: float) -> Telling:
        return self._task(facts.Succeeded, at, worker, runtime=runtime)

    def skipped(self, at: float, worker: str) -> Telling:
        return self._task(facts.Succeeded, at, worker, skipped=True)

    def failed(self, at: float, worker: str, exception: str = "ValueError()") -> Telling:
        return self._task(facts.Failed, at, worker, exception=exception)

    def retried(self, at: float, worker: str) -> Telling:
        return self._task(facts.Retried, at, worker)

    def rejected(self, at: float, worker: str, requeue: bool) -> Telling:
        return self._task(facts.Rejected, at, worker, requeue=requeue)

    def revoked(self, at: float, worker: str, expired: bool = False) -> Telling:
        return self._task(facts.Revoked, at, worker, expired=expired)

    def cancelled(self, at: float, worker: str) -> Telling:
        return self._task(facts.Cancelled, at, worker)

    def dropped(self, at: float, worker: str) -> Telling:
        """A lock stopped the run that began last there; a pool child says so, under its own pid."""
        return self._task(facts.Dropped, at, worker, why="another copy has the lock")

    def nowhere(self, at: float) -> Telling:
        return self._add(facts.Nowhere, at, id=self.id)

    def memory(
        self, at: float, used: int, limit: int, refused: int | None = 0, policy: str = "noeviction"
    ) -> Telling:
        return self._add(facts.ServerMemory, at, used=used, limit=limit, refused=refused, policy=policy)

    def swept(self, since: float, at: float, count: int = 1) -> Telling:
        return self._add(facts.Swept, at, since=ZERO + since, count=count)

    def connection_swept(self, connection: int, since: float, at: float, connected: float = -99) -> Telling:
        return self._add(
            facts.ConnectionSwept, at, connection=connection, since=ZERO + since, connected=ZERO + connected
        )

    def totals(self, at: float) -> Telling:
        return self._add(facts.Totals, at)


def modelled(told: Iterable[facts.AnyFact]) -> Model:
    """A model that these facts were applied to."""
    model = Model()
    for fact in told:
        model.apply(fact)
    model.settle()
    return model


def attempts(telling: Telling) -> list[Attempt]:
    """The attempts of the message that was told of."""
    return modelled(telling.facts).ledger.accounts[telling.id].attempts


def only(telling: Telling) -> Attempt:
    """The one attempt of the message that was told of."""
    (attempt,) = attempts(telling)
    return attempt


def redelivered(workers: str = "w1 w2 w1") -> Telling:
    """A message hidden for 5 s, popped again and again, that ran at its ETA as often as it was popped."""
    told = Telling().settings().sent(0).payload(0.004)
    names = workers.split()
    for n, worker in enumerate(names):
        told.popped(n * 5.03 + 0.004).received(n * 5.03 + 0.006, worker)
    for n, worker in enumerate(names):
        told.started(28 + n * 0.002, worker).succeeded(28.001 + n * 0.002, worker, 0.001)
    return told

"""The world of one history: carries a plan out, with a clock that jumps to whatever happens next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from random import Random

from lab.experiments.simulation.broker import Broker, Message
from lab.experiments.simulation.ends import end
from lab.experiments.simulation.plan import Fault, Plan, PlannedMessage
from lab.experiments.simulation.telling import PRODUCER, READING, ZERO, Telling
from lab.experiments.simulation.truth import TruePublication, Truth
from lab.experiments.simulation.worker import Run, Worker
from lab.watch import facts


@dataclass(frozen=True, slots=True)
class Told:
    """A history: its plan, what was told of it, and the truth."""

    plan: Plan
    facts: list[facts.AnyFact]
    truth: Truth


class World:
    """Everything there is in one history."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = 0.0
        self.random = Random(plan.seed + 1)
        self.broker = Broker()
        self.telling = Telling(self.random, plan.telling)
        self.truth = Truth()
        self.workers: list[Worker] = []
        self.loses_pop = False
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._tags = count(1)
        self._pids = count(100)
        self._clocks = count(1)
        self._older = self.broker.snapshot()
        self._arranged = False

    def run(self) -> Told:
        """Carry the plan out."""
        self.telling.tell(0.0, facts.Server, run_id=self.broker.run_id)
        for planned in self.plan.workers:
            self.at(planned.starts, lambda planned=planned: self._begin(planned))  # type: ignore[misc]
        for message in self.plan.messages:
            self.at(message.at, lambda message=message: self.send(message, message.eta))  # type: ignore[misc]
        for fault in self.plan.faults:
            self.at(fault.at, lambda fault=fault: self._happens(fault))  # type: ignore[misc]
            if fault.kind == "rollback":
                self.at(max(0.0, fault.at - fault.seconds), self._remember)
        if self.plan.loses_pops:
            self.at(self.plan.loses_pops, self._lose_pop)
        self.at(0.0, self._read)
        while self._heap and self._heap[0][0] <= self.plan.seconds:
            self.now, _, action = heappop(self._heap)
            action()
        self.now = self.plan.seconds
        self.telling.read(self.now, self.broker)
        self.truth.index = {tag: ZERO + score for tag, score in self.broker.index.items()}
        self.truth.queued = {message.tag for message in self.broker.queue}
        self.truth.held = {tag for worker in self.workers for tag in worker.held}
        return Told(self.plan, self.telling.facts, self.truth)

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Carry this out then."""
        heappush(self._heap, (max(when, self.now), next(self._order), action))

    def count(self) -> int:
        """The next number of the logical clock."""
        return next(self._clocks)

    def arrange(self) -> None:
        """Let workers take what waits, in a moment."""
        if not self._arranged:
            self._arranged = True
            self.at(self.now + self.random.uniform(0.0005, 0.002), self._hand_out)

    def send(self, planned: PlannedMessage, eta: float | None, task: str = "", retries: int = 0) -> None:
        """A producer, or a task, publishes a message."""
        task = task or f"do.{planned.end.replace(' ', '_')}"
        tag = f"tag-{next(self._tags)}"
        message = Message(tag, planned.id, task, retries, eta, planned)
        self.truth.publications[tag] = TruePublication(planned.id, retries, tag, self.now)
        self.telling.event(
            facts.Sent,
            self.now,
            PRODUCER,
            1,
            id=planned.id,
            task=task,
            args="()",
            eta=None if eta is None else ZERO + eta,
            retries=retries,
            queue="celery",
        )
        self.broker.publish(message)
        self.arrange()

    def ends(self, worker: Worker, run: Run) -> None:
        """A run comes to its end."""
        end(self, worker, run)

    def _begin(self, planned: object) -> None:
        self.workers.append(Worker(self, planned, next(self._pids)))  # type: ignore[arg-type]
        self.arrange()

    def _hand_out(self) -> None:
        self._arranged = False
        ready = [worker for worker in self.workers if worker.alive and worker.consuming]
        self.random.shuffle(ready)
        taken = [worker.take() for worker in ready]
        if any(taken) and self.broker.queue:
            self.arrange()

    def _read(self) -> None:
        self.telling.read(self.now, self.broker)
        self.at(self.now + READING, self._read)

    def _remember(self) -> None:
        self._older = self.broker.snapshot()

    def _lose_pop(self) -> None:
        self.loses_pop = True

    def _happens(self, fault: Fault) -> None:
        worker = self.workers[fault.of % len(self.workers)] if self.workers else None
        match fault.kind:
            case "crash" if worker and worker.alive:
                worker.crash()
                self.at(self.now + fault.seconds, lambda: self._begin(worker.planned))
            case "shutdown" if worker and worker.alive and worker.consuming:
                worker.shut_down()
                self.at(self.now + fault.seconds, lambda: self._begin(worker.planned))
            case "connection" if worker:
                worker.lose_connection()
            case "revoke":
                task_id = self.plan.messages[fault.of % len(self.plan.messages)].id
                for each in self.workers:
                    each.revoked.add(task_id)
            case "deaf":
                self._go_deaf(fault.seconds)
            case "foreign sweep":
                for tag in self.broker.overdue(self.now - fault.seconds):
                    self.broker.restore(tag)
                self.arrange()
            case "restart" | "rollback" | "data lost":
                self._restart(fault.kind)

    def _go_deaf(self, seconds: float) -> None:
        since = self.now
        self.telling.deaf_since = since
        self.telling.tell(since, facts.Disconnected, source="events", why="cut off")

        def hear() -> None:
            self.telling.deaf_since = None
            self.telling.tell(self.now, facts.Connected, source="events")
            self.telling.tell(self.now, facts.Gap, source="events", since=ZERO + since, why="cut off")

        self.at(since + seconds, hear)

    def _restart(self, kind: str) -> None:
        """Another server process: with all that was there, with an older state, or with nothing."""
        if kind == "rollback":
            self.broker.begin_anew(self._older)
        elif kind == "data lost":
            self.broker.begin_anew(None)
        self.broker.restarted()
        for source in ("events", "keys"):
            self.telling.tell(self.now, facts.Disconnected, source=source, why="the server was restarted")
            self.telling.tell(self.now + 0.05, facts.Connected, source=source)
            self.telling.tell(
                self.now + 0.05, facts.Gap, source=source, since=ZERO + self.now, why="the broker was away"
            )
        self.telling.tell(self.now + 0.05, facts.Server, run_id=self.broker.run_id)
        for worker in self.workers:
            worker.lose_server()
        self.arrange()

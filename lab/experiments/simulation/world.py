"""The world: what happens when, from a plan. It has no clock but its own, and no chance but its seed's."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

from lab.experiments.simulation.broker import Memory, SimulatedBroker
from lab.experiments.simulation.plan import End, Plan, PlannedMessage, PlannedWorker
from lab.experiments.simulation.teller import Teller
from lab.experiments.simulation.truth import Publication, Truth
from lab.experiments.simulation.worker import SimulatedWorker
from lab.watch import facts

BEGIN = 1_700_000_000.0
"""Unix seconds at which every history begins."""


class World:
    """One history as it comes about: the broker, the observer's ears, the truth, and what is due."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = BEGIN
        self.truth = Truth(
            plan.workers, begun=BEGIN, ended=BEGIN + plan.until, watched=BEGIN + plan.watch.starts
        )
        self.truth.longest_period = max((each.interval * each.throttle for each in plan.workers), default=0.0)
        self.truth.sent_told = plan.watch.sent_events
        self.random = Random(plan.seed)
        self.broker = SimulatedBroker(self._broker_changed)
        self.teller = Teller(self, plan.watch)
        self.revoked: dict[str, float] = {}
        """Task ids, and when they were revoked."""
        self.workers: dict[str, SimulatedWorker] = {}
        """The last process under each name."""
        self.last_scores: dict[str, float] = {}
        """The score that was written last, by tag."""
        self.snapshot: Memory | None = None
        """What the broker comes back with, where it goes back in time."""
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self._published = 0
        self._pids = 100
        self._connections = 0
        self.at(self.truth.watched, self._watch)
        for worker in plan.workers:
            self.at(BEGIN + worker.starts, self.start, worker)
        for message in plan.messages:
            self.at(BEGIN + message.sent, self.send, message)

    def at(self, when: float, call: Callable[..., None], *args: Any) -> None:
        """Do something later."""
        self._count += 1
        heappush(self._due, (max(when, self.now), self._count, call, args))

    def run(self) -> None:
        """Until the end of the plan."""
        end, due = self.truth.ended, self._due
        while due and due[0][0] <= end:
            self.now, _, call, args = heappop(due)
            call(*args)
        self.now = end
        self.teller.keys.read()
        self.teller.end()
        self.truth.queued = frozenset(each.tag for each in self.broker.queue)
        self.truth.unacked = frozenset(self.broker.unacked)
        self.truth.alive = any(each.connected for each in self.workers.values())

    def start(self, plan: PlannedWorker) -> None:
        """Start a worker's process, unless one of its name still lives."""
        last = self.workers.get(plan.name)
        if last is None or last.dead:
            worker = self.workers[plan.name] = SimulatedWorker(self, self.teller, plan)
            worker.connect()

    def left(self, tag: str) -> None:
        """An entry leaves the index, if it stands there, and no sweep did it."""
        score = self.broker.index.get(tag)
        if score is not None:
            self.truth.left[tag, score] = self.now

    def swept(self, connection: int | None) -> None:
        """Somebody swept, over this connection if `CLIENT LIST` can show it."""
        self.teller.keys.touch()
        if connection is not None:
            self.teller.clients.swept(connection)

    def pid(self) -> int:
        """Of a new process."""
        self._pids += 1
        return self._pids

    def connection(self) -> int:
        """The server's id of a new connection."""
        self._connections += 1
        return self._connections

    def disturb(self, what: str) -> None:
        """Something came about that nobody could foretell."""
        self.truth.disturbances.append((self.now, what))

    def publish(
        self,
        plan: PlannedMessage,
        ends: tuple[End, ...],
        countdown: float | None,
        retries: int = 0,
        task: str = "sim.run",
        sender: str = "gen1@sim",
        clock: float = 0.0,
        attempt: str = "",
        family: str = "",
    ) -> None:
        """Somebody sends a message; `clock` is by how much the sender's is ahead."""
        self._published += 1
        eta = None if countdown is None else self.now + clock + countdown
        tag = f"tag-{self._published}"
        publication = Publication(
            tag, plan.id, task, retries, eta, self.now, plan, ends, attempt or tag, family or tag
        )
        self.truth.publications.append(publication)
        if self.plan.watch.sent_events:
            self.teller.event(
                facts.Sent, clock, id=plan.id, worker=sender, pid=1, clock=self._published, task=task,
                eta=eta, retries=retries, queue="celery",
            )  # fmt: skip
        if self.broker.up:
            self.broker.lpush(publication)
            self.teller.look_for(publication)

    def send(self, plan: PlannedMessage) -> None:
        """The producer sends what was planned."""
        if self.broker.up:
            task = "sim.unknown" if plan.unknown else "sim.run"
            self.publish(plan, plan.ends, plan.countdown, task=task)

    def _watch(self) -> None:
        self.teller.begin(self.workers.values())

    def _broker_changed(self) -> None:
        self.teller.keys.touch()

"""What an observer hears of a simulated broker: facts as the sources would make them, and what becomes of
them on their way. It knows the truth only to say what it kept back."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from msgspec import structs

from lab.experiments.simulation.clients_reader import ClientsReader
from lab.experiments.simulation.keys_reader import KeysReader
from lab.experiments.simulation.plan import PlannedWatch
from lab.experiments.simulation.surroundings import Surroundings, WorkerProcess
from lab.experiments.simulation.truth import Publication
from lab.watch import facts

ASKED_AFTER = 2.2
"""Seconds from a worker's coming online until its answer (`lab.watch.sources.inspection`)."""

SHUFFLED = facts.TaskFact | facts.Online | facts.Heartbeat | facts.Offline
"""The facts that are events."""

LOOKED_FOR_AFTER = 10.0
"""Seconds after which a message that was sent and not heard of since is looked for."""

LOOKED_FOR_AGAIN = 15.0
"""Seconds until it is looked for again."""


class Teller:
    """Collects what is told, in the order in which it arrives."""

    def __init__(self, world: Surroundings, plan: PlannedWatch) -> None:
        self.world, self.plan = world, plan
        self.random = Random(f"{world.plan.seed} teller")
        self.keys = KeysReader(world, self.tell, self._learned)
        self.clients = ClientsReader(world, self.tell, read=plan.clients)
        self.deaf = False
        self._told: list[tuple[float, int, facts.AnyFact]] = []
        self._arrived: dict[tuple[str, int], float] = {}
        """When the last event of a process arrived, by its name and pid."""

    def begin(self, workers: Iterable[WorkerProcess]) -> None:
        """The watch begins: every source reaches the broker, and these workers are asked."""
        for source in ("events", "keys", *(["clients"] if self.plan.clients else [])):
            self.tell(facts.Connected, source=source)
        self.keys.begin()
        self.clients.begin()
        for worker in workers:
            self.configured(worker)

    def tell(self, kind: type[facts.AnyFact], **more: Any) -> None:
        """Something that a source learns now, of its own accord."""
        now = self.world.now
        more.setdefault("at", now)
        self._add(now, kind(seen=now, **more))

    def event(self, kind: type[facts.AnyFact], skew: float, *, delay: float = 0.0, **more: Any) -> None:
        """Something that a process publishes now, by its clock; `delay` is how long it keeps it."""
        world, plan, random = self.world, self.plan, self.random
        arrives = world.now + delay + random.uniform(0.0003, 0.003)
        # Over one connection: a process' events keep their order, unless something comes late on purpose.
        process = more["worker"], more["pid"]
        arrives = self._arrived[process] = max(arrives, self._arrived.get(process, 0.0))
        if arrives < world.truth.watched:
            return
        if self.deaf or not world.broker.up:
            return
        if plan.vanishing and random.random() < plan.vanishing:
            world.truth.doubtful.append(f"{kind.__name__} of {more.get('id') or more.get('worker')}")
            return
        if plan.late:
            arrives += random.uniform(0.0, plan.late) * (random.random() < 0.5)
        fact = kind(at=world.now + skew, seen=arrives, **more)
        self._add(arrives, fact)
        if plan.repeated and random.random() < plan.repeated:
            again = arrives + random.uniform(0.0, 2.0)
            self._add(again, structs.replace(fact, seen=again))

    def configured(self, worker: WorkerProcess) -> None:
        """A worker answers what it runs with."""
        if self.plan.asks:
            self.world.at(self.world.now + ASKED_AFTER, self._answered, worker)

    def _answered(self, worker: WorkerProcess) -> None:
        plan = worker.plan
        asked = self.world.broker.up and self.world.now >= self.world.truth.watched
        if asked and worker.connected and not worker.frozen and not worker.closing:
            self.tell(
                facts.Configured, worker=worker.name, pid=worker.pid, visibility_timeout=plan.timeout,
                interval=plan.interval, throttle=plan.throttle,
            )  # fmt: skip

    def gone(self, worker: WorkerProcess, why: str) -> None:
        """A process ended: whoever started it may say so."""
        if self.plan.gone:
            self.world.at(self.world.now + 0.1, self._gone, worker.name, worker.pid, why, self.world.now)

    def _gone(self, worker: str, pid: int, why: str, at: float) -> None:
        self.tell(facts.Gone, worker=worker, pid=pid, why=why, at=at)

    def look_for(self, publication: Publication) -> None:
        """Whoever heard of it being sent, and no more, looks for it."""
        self.world.at(self.world.now + LOOKED_FOR_AFTER, self._look_for, publication)

    def _again(self, publication: Publication) -> None:
        self.world.at(self.world.now + LOOKED_FOR_AGAIN, self._look_for, publication)

    def end(self) -> None:
        """The history ends: everything has been looked for."""
        for publication in self.world.truth.publications:
            self._search(publication)

    def _look_for(self, publication: Publication) -> None:
        if self._search(publication) or not publication.acked:
            # It may come back.
            self._again(publication)

    def _search(self, publication: Publication) -> bool:
        """Look for it; whether it was found."""
        broker = self.world.broker
        heard = self.plan.sent_events or any(each.score is not None for each in publication.deliveries)
        found = any(each.id == publication.id for each in (*broker.queue, *broker.unacked.values()))
        if heard and broker.up and not found:
            self.tell(facts.Nowhere, id=publication.id)
        return found

    def told(self) -> list[facts.AnyFact]:
        """All that was told, in the order in which it is applied."""
        shuffled = self.plan.shuffled
        if shuffled:
            random = self.random
            # Each source is one thread, and keeps its order; events come from many processes.
            moved = [
                (at + (random.uniform(0.0, shuffled) if isinstance(fact, SHUFFLED) else 0.0), n, fact)
                for at, n, fact in self._told
            ]
            return [fact for _, _, fact in sorted(moved, key=lambda each: each[:2])]
        return [fact for _, _, fact in sorted(self._told, key=lambda each: each[:2])]

    def _learned(self, fact: facts.AnyFact) -> None:
        self._add(fact.seen, fact)

    def _add(self, arrives: float, fact: facts.AnyFact) -> None:
        if arrives >= self.world.truth.watched:
            self._told.append((arrives, len(self._told), fact))

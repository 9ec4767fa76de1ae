"""The consumer of a simulated worker: how it pops messages, records and receives them, holds their copies,
and acknowledges or gives them back (`kombu/transport/redis.py:QoS`, `celery/worker/strategy.py`, 5.7.0)."""

from __future__ import annotations

from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.surroundings import WorkerProcess
from lab.experiments.simulation.truth import ActualDelivery, Publication
from lab.watch import facts


class Consumer:
    """One channel after the other; a copy outlives the channel that brought it only where it runs."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker, self.world = worker, worker.world
        self.delivered: dict[str, None] = {}
        """Tags that this channel popped and did not acknowledge (`QoS._delivered`)."""
        self.held: list[Copy] = []
        """Copies that wait for their ETA."""
        self.dies_at_pop = False
        """Whether its worker is killed between BRPOP and ZADD of the next message."""
        self._polls = False
        self._taking: ActualDelivery | None = None
        """What it is popping and has not received yet."""

    def poll(self) -> None:
        """BRPOP, unless it has as much as it may have (`QoS.can_consume`)."""
        has_room = len(self.delivered) < self.worker.plan.prefetch + len(self.held)
        if has_room and self.worker.connected and not self.worker.closing and not self._polls:
            self._polls = True
            self.world.broker.wait(self.worker, self._served)

    def _served(self, publication: Publication) -> None:
        delivery = ActualDelivery(self.world.now, self.worker.name, self.worker.pid, publication.returned)
        publication.deliveries.append(delivery)
        self._taking = delivery
        self.world.at(self.world.now + 0.0002, self._popped, publication, delivery, self.worker.connection)

    def _popped(self, publication: Publication, delivery: ActualDelivery, connection: int) -> None:
        if self.worker.dead or connection != self.worker.connection:
            delivery.state = "unrecorded"
        elif self.worker.frozen:
            self.worker.later(0.0, self._popped, publication, delivery, connection)
        elif self.dies_at_pop or self.world.broker.refuses_writes:
            # Refused: `OutOfMemoryError` ends the worker.
            delivery.state = "unrecorded"
            self.worker.kill("it was killed" if self.dies_at_pop else "it exited")
        else:
            self.worker.later(
                self.worker.random.uniform(0.001, 0.005), self._record, publication, delivery, connection
            )

    def _record(self, publication: Publication, delivery: ActualDelivery, connection: int) -> None:
        if connection != self.worker.connection:
            delivery.state = "unrecorded"
            return
        before = self.world.last_scores.get(publication.tag)
        delivery.score = self.world.last_scores[publication.tag] = self.worker.clock
        redelivery = self.world.truth.redeliveries.get((publication.tag, before or 0.0))
        if redelivery is not None and publication.returned == "sweep":
            redelivery.popped = self.world.now
        self.world.broker.record(publication, delivery.score)
        self.delivered[publication.tag] = None
        delivery.state = "held"
        self.worker.later(
            self.worker.random.uniform(0.0005, 0.002), self._receive, publication, delivery, connection
        )

    def _receive(self, publication: Publication, delivery: ActualDelivery, connection: int) -> None:
        if connection != self.worker.connection:
            delivery.state = "dropped"
            return
        self._polls, self._taking = False, None
        copy = Copy(publication, delivery, connection)
        if publication.plan.unknown:
            delivery.state = "discarded"
            self.acknowledge(copy)
            self.worker.tell(
                facts.Failed, id=publication.id, exception=f"NotRegistered({publication.task!r})"
            )
        elif not self.refuse(copy):
            self.worker.tell(
                facts.Received, id=publication.id, task=publication.task, eta=publication.eta,
                retries=publication.retries,
            )  # fmt: skip
            if publication.eta is not None:
                self.held.append(copy)
                wait = max(0.0, publication.eta - self.worker.clock)
                self.worker.later(wait + self.worker.random.uniform(0.0005, 0.008), self._due, copy)
            else:
                self.worker.pool.take(copy)
        self.poll()

    def refuse(self, copy: Copy) -> bool:
        """Whether it is revoked or expired (`Request.revoked`), and thereby done with."""
        publication = copy.publication
        expires = publication.plan.expires
        expired = expires is not None and self.worker.clock > publication.sent + expires
        revoked = self.world.revoked.get(publication.id)
        if not expired and (revoked is None or revoked < self.worker.began):
            return False
        copy.delivery.state = "expired" if expired else "revoked"
        self.worker.tell_of(copy, facts.Revoked, expired=expired)
        self.acknowledge(copy)
        return True

    def _due(self, copy: Copy) -> None:
        if copy.delivery.state == "held" and copy in self.held:
            self.held.remove(copy)
            self.worker.pool.take(copy)
            self.poll()

    def acknowledge(self, copy: Copy) -> None:
        """ZREM and HDEL, whoever holds the entry by now; nothing where the broker is away."""
        if copy.acknowledged:
            return
        copy.acknowledged = True
        tag = copy.publication.tag
        if self.world.broker.up:
            copy.publication.acked = True
            self.world.left(tag)
            self.world.broker.remove(tag)
        self.delivered.pop(tag, None)
        self.poll()

    def requeue(self, copy: Copy) -> None:
        """`reject(requeue=True)`: to the end of the queue, if it is still unacked."""
        if copy.acknowledged or not self.world.broker.up:
            return
        copy.acknowledged = True
        tag = copy.publication.tag
        self.world.left(tag)
        if self.world.broker.restore(tag, "handed back", self.world.now, last=True):
            copy.publication.ends = copy.publication.ends[1:] or ("succeed",)
        self.delivered.pop(tag, None)
        self.poll()

    def stop_waiting(self) -> bool:
        """Nobody asks for messages any more; whether it did."""
        self._polls = False
        return self.world.broker.forget(self.worker)

    def give_back(self) -> None:
        """`restore_unacked_once`: also what somebody else holds by now."""
        for tag in self.delivered:
            self.world.left(tag)
            self.world.broker.restore(tag, "handed back", self.world.now)
        self.delivered.clear()

    def drop_copies(self) -> None:
        """All that do not run yet are no more."""
        for copy in self.held:
            copy.delivery.state = "dropped"
        if self._taking is not None:
            self._taking.state = "unrecorded" if self._taking.score is None else "dropped"
            self._taking = None
        self.held.clear()
        self.worker.pool.drop_reserved()

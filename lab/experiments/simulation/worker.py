"""A worker process: what Celery's worker does with the messages that it takes (`celery.worker`, 5.7.0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from lab.experiments.simulation.broker import Broker, Message
from lab.experiments.simulation.plan import PlannedMessage, PlannedWorker
from lab.experiments.simulation.telling import ZERO, Telling
from lab.experiments.simulation.truth import TrueRun, Truth
from lab.watch import facts

RECORD, RECEIVE = 0.001, 0.002
"""Seconds from a pop to its record, and to the word that it was received."""

LATE = (0.001, 0.003)
"""Seconds by which a call of the sweeps' timer is late."""

COUNTED, LISTED = 0.1, 0.25
"""Seconds within which a sweep shows in the server's counters, and in its list of connections."""

PREFETCH = 4
"""Messages without an ETA that are taken for each place in the pool, those that run included."""

BEAT = 2.0
"""Seconds between two heartbeats."""

LIMIT = 1.0
"""Seconds of a hard time limit, where a task meets it."""


@dataclass(slots=True, eq=False)
class Run:
    """A run that goes on."""

    message: Message
    true: TrueRun
    acknowledged: bool
    """Whether its worker may not acknowledge it any more, or has done so."""


class Surroundings(Protocol):
    """What a worker needs of the world that it is in."""

    now: float
    broker: Broker
    telling: Telling
    truth: Truth
    loses_pop: bool
    random: Random

    def at(self, when: float, action: Callable[[], object]) -> None: ...
    def count(self) -> int: ...
    def arrange(self) -> None: ...
    def ends(self, worker: Worker, run: Run) -> None: ...
    def send(self, planned: PlannedMessage, eta: float | None, task: str = "", retries: int = 0) -> None: ...


class Worker:
    """One process. Its world knows the time and carries out what it schedules."""

    def __init__(self, world: Surroundings, planned: PlannedWorker, pid: int) -> None:
        self.world, self.planned, self.pid = world, planned, pid
        self.alive, self.consuming = True, True
        self.ready: list[Message] = []
        """Taken, and to be run when there is room."""
        self.waiting: list[Message] = []
        """Taken, and to be run at their ETA."""
        self.runs: list[Run] = []
        self.delivered: set[str] = set()
        """Tags that it took on this connection and did not acknowledge (`QoS._delivered`)."""
        self.revoked: set[str] = set()
        self.connection, self.connected = world.count(), world.now
        self._online()
        self._beat()
        self._sweep(self.connection)

    @property
    def held(self) -> list[str]:
        return [message.tag for message in (*self.ready, *self.waiting)]

    def say(self, kind: type, after: float = 0.0, **more: object) -> None:
        at = self.world.now + after
        self.world.telling.event(kind, at, self.planned.name, self.pid, self.planned.skew, **more)

    def take(self) -> bool:
        """Take one message, if there is room and one waits."""
        world = self.world
        room = self.planned.pool * PREFETCH - len(self.ready) - len(self.runs)
        if not (self.alive and self.consuming) or room <= 0 or not world.broker.queue:
            return False
        message = world.broker.queue.pop()
        if world.loses_pop:
            world.loses_pop = False
            self.crash()
            return True
        world.broker.record(message, world.now + RECORD + self.planned.skew)
        self.delivered.add(message.tag)
        publication = world.truth.publications[message.tag]
        publication.deliveries += 1
        if message.planned.foreign and not self.planned.knows_all:
            publication.end = "discarded"
            self._acknowledge(message.tag)
            self.say(facts.Failed, id=message.id, exception=f"NotRegistered('{message.task}')")
            return True
        if message.id in self.revoked:
            # It is dropped on receipt, with no other word (`celery.worker.strategy:default`).
            self._revoke(message)
            return True
        self.say(
            facts.Received,
            RECEIVE,
            id=message.id,
            task=message.task,
            args="()",
            eta=None if message.eta is None else ZERO + message.eta,
            retries=message.retries,
        )
        if message.eta is not None and message.eta > world.now:
            self.waiting.append(message)
            world.at(message.eta, lambda: self._due(message))
        else:
            self.ready.append(message)
            self.world.at(self.world.now + 2 * RECEIVE, self._start)
        return True

    def crash(self) -> None:
        """SIGKILL: nothing is said, and nothing is put back."""
        self._close()
        self._end_runs("lost")
        self.alive = False
        self.ready.clear()
        self.waiting.clear()
        self.world.telling.tell(
            self.world.now, facts.Gone, worker=self.planned.name, pid=self.pid, why="it was killed"
        )

    def shut_down(self) -> None:
        """Warm shutdown: nothing more is taken, what is held goes back, what runs runs to its end."""
        if not self.alive or not self.consuming:
            return
        self.consuming = False
        self._close()
        running = {run.message.tag for run in self.runs}
        for tag in self.delivered - running:
            self.world.broker.restore(tag)
        self.ready.clear()
        self.waiting.clear()
        self.say(facts.Offline)
        self._leave_if_done()

    def lose_connection(self) -> None:
        """The connection breaks: what it took goes back, also what runs; runs go on, and cannot be
        acknowledged any more (`Consumer.on_close`, `QoS.restore_unacked_once`)."""
        if not self.alive or not self.consuming:
            return
        for tag in self.delivered:
            self.world.broker.restore(tag)
        self.delivered.clear()
        self.ready.clear()
        self.waiting.clear()
        for run in self.runs:
            run.acknowledged = True
        self._close()
        self.say(facts.Offline)
        self.world.at(self.world.now + 0.2, self._online)

    def lose_server(self) -> None:
        """The server is another one: nothing can be put back."""
        self.delivered.clear()
        self.ready.clear()
        self.waiting.clear()
        for run in self.runs:
            run.acknowledged = True
        if self.alive and self.consuming:
            self._close()
            self._online()

    def _close(self) -> None:
        """Its connection is gone; the next one has another number, and sweeps anew as it begins."""
        self.world.telling.tell(self.world.now + LISTED, facts.ConnectionClosed, connection=self.connection)
        self.connection = 0

    def _online(self) -> None:
        if not (self.alive and self.consuming):
            return
        if not self.connection:
            self.connection, self.connected = self.world.count(), self.world.now
            self._sweep(self.connection)
        self.say(facts.Online, clock=self.world.count(), software="py-celery 5.7.0")
        settings = self.planned
        self.world.telling.tell(
            self.world.now,
            facts.Configured,
            worker=settings.name,
            pid=self.pid,
            visibility_timeout=settings.timeout,
            interval=settings.interval,
            throttle=settings.throttle,
            by="lab",
        )
        self.world.arrange()

    def _beat(self) -> None:
        if self.alive:
            if self.consuming:
                self.say(facts.Heartbeat, active=len(self.runs))
            self.world.at(self.world.now + BEAT, self._beat)

    def _sweep(self, connection: int) -> None:
        if not (self.alive and self.consuming) or connection != self.connection:
            return
        now = self.world.now
        for tag in self.world.broker.overdue(now + self.planned.skew - self.planned.timeout):
            self.world.broker.restore(tag)
            self.world.truth.publications[tag].restored.append(now)
        self._tell_sweep()
        # A timer is late at every call, by the time that its loop takes.
        calls = self.planned.throttle
        late = calls * self.world.random.uniform(*LATE)
        self.world.at(now + self.planned.interval * calls + late, lambda: self._sweep(connection))
        self.world.arrange()

    def _tell_sweep(self) -> None:
        """What the counters of the server, and its list of connections, show of it."""
        now, tell = self.world.now, self.world.telling.tell
        tell(now + COUNTED, facts.Swept, since=ZERO + now - COUNTED)
        tell(
            now + LISTED,
            facts.ConnectionSwept,
            connection=self.connection,
            since=ZERO + now - LISTED,
            connected=ZERO + self.connected,
            address=f"10.0.0.1:{self.connection}",
        )

    def _due(self, message: Message) -> None:
        if message in self.waiting:
            self.waiting.remove(message)
            self.ready.append(message)
            self._start()

    def _start(self) -> None:
        while self.alive and self.ready and len(self.runs) < self.planned.pool:
            message = self.ready.pop(0)
            if message.id in self.revoked:
                self._revoke(message)
                continue
            true = TrueRun(self.planned.name, self.world.now)
            self.world.truth.publications[message.tag].runs.append(true)
            run = Run(message, true, acknowledged=False)
            self.runs.append(run)
            if not message.planned.late:
                self._acknowledge(message.tag)
                run.acknowledged = True
            self.say(facts.Started, id=message.id)
            seconds = LIMIT if message.planned.end == "time limit" else message.planned.seconds
            self.world.at(self.world.now + seconds, lambda run=run: self._end(run))  # type: ignore[misc]

    def _revoke(self, message: Message) -> None:
        self.world.truth.publications[message.tag].end = "revoked"
        self._acknowledge(message.tag)
        self.say(facts.Revoked, RECEIVE, id=message.id)

    def _end(self, run: Run) -> None:
        if run not in self.runs:
            return
        self.runs.remove(run)
        run.true.ended = self.world.now
        self.world.ends(self, run)
        self._start()
        self._leave_if_done()
        self.world.arrange()

    def finish(self, run: Run, how: str, *, acknowledge: bool = True, gone: bool = False) -> None:
        """A run ended so; its message is acknowledged now, or goes back to its queue."""
        run.true.how, run.true.gone = how, gone
        if not run.acknowledged:
            if acknowledge:
                self._acknowledge(run.message.tag)
            else:
                self.delivered.discard(run.message.tag)
                self.world.broker.restore(run.message.tag, last=True)

    def _acknowledge(self, tag: str) -> None:
        self.delivered.discard(tag)
        self.world.broker.acknowledge(tag)
        self.world.truth.publications[tag].acknowledged = True

    def _end_runs(self, how: str) -> None:
        for run in self.runs:
            run.true.ended, run.true.how, run.true.gone = self.world.now, how, True
        self.runs.clear()

    def _leave_if_done(self) -> None:
        if self.alive and not self.consuming and not self.runs:
            self.alive = False
            self.world.telling.tell(
                self.world.now, facts.Gone, worker=self.planned.name, pid=self.pid, why="it ended"
            )

"""One process of a simulated worker: how it connects, loses its connection, and goes.

What it does with messages stands in `consumer`, and with its pool children in `pool`. Where versions differ
it is celery 5.7.0 (`celery/worker/consumer/consumer.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from lab.experiments.simulation.consumer import Consumer
from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.plan import PlannedWorker
from lab.experiments.simulation.pool import Pool
from lab.experiments.simulation.surroundings import Surroundings
from lab.experiments.simulation.sweeping import SweepTimer
from lab.experiments.simulation.teller import Teller
from lab.watch import facts

BEAT = 2.0
"""Seconds between two heartbeats (`celery.worker.heartbeat`)."""

BRPOP = 1.0
"""Seconds after which a BRPOP ends without a message (`brpop_timeout`)."""

JOINED = 1.5
"""Seconds by which the events of a warm shutdown arrive late; their timestamps are right [5.7.0]."""


class SimulatedWorker:
    """One process, from its start to its end; another one may follow under its name."""

    def __init__(self, world: Surroundings, teller: Teller, plan: PlannedWorker) -> None:
        self.world, self.teller, self.plan = world, teller, plan
        self.name, self.pid = plan.name, world.pid()
        self.began = world.now
        self.random = Random(f"{world.plan.seed} {self.name} {self.pid}")
        self.dead = self.frozen = self.closing = self.connected = False
        self.silent = False
        """Whether it said that it goes: its last events wait until its pool is joined."""
        self.waits_for_runs = False
        """Whether it goes down once its last run is over."""
        self.connection = 0
        self.consumer = Consumer(self)
        self.pool = Pool(self)
        self.sweeps = SweepTimer(self)
        self._deferred: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._events = 0

    # Time

    def later(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Do something after a while, if it still lives then; when it is frozen, as soon as it is not."""
        self.world.at(self.world.now + seconds, self._call, call, args)

    def _call(self, call: Callable[..., None], args: tuple[Any, ...]) -> None:
        if self.dead:
            return
        if self.frozen:
            self._deferred.append((call, args))
            return
        call(*args)

    @property
    def clock(self) -> float:
        """What time it is, by its own clock."""
        return self.world.now + self.plan.skew

    def tell(self, kind: type[facts.AnyFact], **more: Any) -> None:
        """Publish an event of a task."""
        self._events += 1
        self.teller.event(
            kind, self.plan.skew, delay=JOINED if self.silent else 0.0,
            worker=self.name, pid=self.pid, clock=self._events, **more,
        )  # fmt: skip

    def tell_of(self, copy: Copy, kind: type[facts.AnyFact], **more: Any) -> None:
        """Publish an event of a copy that it has. Before 5.7 nobody hears it once the connection is lost over
        which the copy came: `Request.eventer` is that connection's (`celery/worker/request.py`)."""
        if copy.connection == self.connection or self.plan.release == "5.7":
            self.tell(kind, id=copy.publication.id, **more)

    def tell_of_itself(self, kind: type[facts.AnyFact], **more: Any) -> None:
        """Publish an event of the process itself."""
        self.teller.event(kind, self.plan.skew, worker=self.name, pid=self.pid, **more)

    # Its connection

    def connect(self) -> None:
        """Connect, sweep, come online; messages are taken after mingle, a second later."""
        if not self.world.broker.up:
            self.later(1.0, self.connect)
            return
        self.connected = True
        self.connection = self.world.connection()
        self.teller.clients.opened(self.connection)
        self.world.disturb(f"{self.name} connects")
        self.sweeps.begin()
        self.later(self.random.uniform(0.005, 1.03), self._online, self.connection)
        self.later(self.random.uniform(1.0, 1.1), self._ready, self.connection)

    def _online(self, connection: int) -> None:
        if connection == self.connection and self.connected:
            self.tell_of_itself(facts.Online, software=f"py-celery {self.plan.release}.0", clock=self._events)
            self.teller.configured(self)
            self._beat(connection)

    def _beat(self, connection: int) -> None:
        if connection == self.connection and not self.silent:
            self.tell_of_itself(facts.Heartbeat, every=BEAT, active=len(self.pool.running))
            self.later(BEAT, self._beat, connection)

    def _ready(self, connection: int) -> None:
        if connection == self.connection and self.connected:
            self.consumer.poll()

    def disconnect(self, *, restores: bool) -> None:
        """The connection is lost: what was popped goes back at once where the broker is still there, and
        every copy that does not run yet is dropped (`Consumer.on_close`)."""
        if self.dead or not self.connected:
            return
        self._leave()
        if restores:
            self.consumer.give_back()
        self.consumer.delivered.clear()
        self.consumer.drop_copies()
        if self.plan.cancels:
            self.pool.cancel(late_only=True, told=self.plan.cancel_told)
        if self.world.broker.up:
            self.tell_of_itself(facts.Offline)
        self.later(self.random.uniform(0.005, 0.02), self.connect)

    def _leave(self) -> None:
        self.connected = False
        self.consumer.stop_waiting()
        self.world.disturb(f"{self.name} loses its connection")
        self.teller.clients.closed(self.connection)
        self.connection = -1

    # Its end

    def kill(self, why: str) -> None:
        """SIGKILL: nothing is said and nothing given back."""
        if self.dead:
            return
        self._leave()
        self.pool.die()
        self.consumer.drop_copies()
        self.end(why)

    def idle(self) -> None:
        """Nothing runs any more."""
        if self.waits_for_runs and not self.dead and not self.pool.running:
            self.waits_for_runs = False
            self.later(JOINED, self.close)

    def close(self) -> None:
        """The end of a shutdown: what it popped goes back, also what another worker holds by now."""
        self.consumer.give_back()
        self.consumer.drop_copies()
        self._leave()
        self.end("it was told to stop")

    def end(self, why: str) -> None:
        """The process is no more."""
        self.dead = True
        self.teller.gone(self, why)

    def freeze(self) -> None:
        """SIGSTOP to its process group."""
        self.frozen = True
        self.world.at(self.world.now + self.random.uniform(0.0, BRPOP), self._stop_waiting)

    def _stop_waiting(self) -> None:
        """Its last BRPOP is over, and nobody asks again."""
        if self.frozen and self.consumer.stop_waiting():
            self._deferred.append((self.consumer.poll, ()))

    def thaw(self) -> None:
        """SIGCONT."""
        self.frozen = False
        while self._deferred and not self.frozen:
            call, args = self._deferred.popleft()
            self._call(call, args)

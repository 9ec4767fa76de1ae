"""The sweeps of a simulated worker, or of any client of kombu's: on call 1 of `restore_visible`, and on every
Nth after it, with a visibility timeout and a clock of its own (`kombu.transport.redis:QoS`, 5.7.0)."""

from __future__ import annotations

from lab.experiments.simulation.surroundings import Surroundings, WorkerProcess
from lab.experiments.simulation.truth import TrueRedelivery

MINGLED = 0.97
"""How often mingle uses up one call at connect (59 of 61 starts)."""

LATE_LEAST, LATE_MOST = 0.0005, 0.005
"""Seconds by which one call of the event loop's timer comes late."""


def sweep(world: Surroundings, timeout: float, skew: float, connection: int | None) -> bool:
    """One sweep, now; False if somebody else has the mutex."""
    broker = world.broker
    if world.now < broker.mutex_until:
        return False
    broker.sweeps += 1
    for tag in broker.overdue(world.now + skew - timeout):
        score = broker.index[tag]
        world.truth.redeliveries[tag, score] = TrueRedelivery(tag, score, world.now)
        broker.restore(tag, "sweep", world.now)
    world.swept(connection)
    return True


class SweepTimer:
    """When one worker sweeps; each connection begins anew."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker = worker

    def begin(self) -> None:
        """It connected: the first call sweeps, and mingle may use up another one."""
        worker = self.worker
        plan = worker.plan
        # CLIENT LIST does not show it: other commands of that connection follow at once.
        sweep(worker.world, plan.timeout, plan.skew, None)
        calls = plan.throttle
        if plan.throttle > 1 and worker.random.random() < MINGLED:
            calls -= 1
        self._after(calls, worker.connection)

    def _after(self, calls: int, connection: int) -> None:
        plan, random = self.worker.plan, self.worker.random
        wait = sum(plan.interval + random.uniform(LATE_LEAST, LATE_MOST) for _ in range(calls))
        self.worker.later(wait, self._sweep, connection)

    def _sweep(self, connection: int) -> None:
        worker = self.worker
        if connection != worker.connection or worker.closing:
            return
        sweep(worker.world, worker.plan.timeout, worker.plan.skew, connection)
        self._after(worker.plan.throttle, connection)

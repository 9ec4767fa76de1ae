"""How a simulated worker goes down: by SIGTERM, by SIGQUIT, and by SIGTERM to its whole process group.

Run and seen with celery 5.7.0: `worker-offline` comes with the signal, the ends of runs after it. Before 5.5
SIGQUIT does to the pool's children what SIGTERM to the group does [5.4.0].
"""

from __future__ import annotations

from lab.experiments.simulation.worker import JOINED, SimulatedWorker
from lab.watch import facts


def go_down(worker: SimulatedWorker, how: str) -> None:
    """Begin one: `warm`, `cold` or `group`."""
    if worker.dead or worker.closing or not worker.connected:
        return
    worker.world.disturb(f"{worker.name} goes down")
    worker.closing = True
    worker.world.broker.forget(worker)
    if how == "warm":
        worker.later(worker.random.uniform(0.01, 0.08), _offline, worker, True)
    elif how == "cold" and worker.plan.release != "5.4":
        worker.later(worker.random.uniform(0.1, 1.5), _cold, worker)
    else:
        worker.later(worker.random.uniform(0.005, 0.02), _offline, worker, False)
        for copy in list(worker.pool.running):
            worker.pool.lose_child(copy)
        worker.later(1.1, worker.close)


def _offline(worker: SimulatedWorker, waits: bool) -> None:
    worker.tell_of_itself(facts.Offline)
    worker.silent = True
    if waits and worker.pool.running:
        worker.waits_for_runs = True
    elif waits:
        worker.later(JOINED, worker.close)


def _cold(worker: SimulatedWorker) -> None:
    worker.tell_of_itself(facts.Offline)
    worker.later(0.004, _cancel, worker)


def _cancel(worker: SimulatedWorker) -> None:
    worker.pool.cancel(late_only=False)
    worker.close()

"""The workers: those of the rig, and those of others that are heard on the same broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.rig.rig import Rig
from lab.rig.state import WorkerState
from lab.watch.model.model import Model

Condition = Literal["up", "starting", "restarting", "retiring", "frozen", "gave up"]


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its full name, and how it is."""

    name: str
    condition: Condition


def workers_of(rig: Rig | None, model: Model, now: float) -> tuple[Worker, ...]:
    """The rig's workers, then others.

    Workers that somebody else started on the same broker, under the same prefix, are heard all the same.
    """
    own = _of_rig(rig.state.workers, model) if rig else []
    names = {worker.name for worker in own}
    others = [
        Worker(life.worker, "up") for life in model.ledger.lives.present(now) if life.worker not in names
    ]
    return (*own, *others)


def _of_rig(workers: tuple[WorkerState, ...], model: Model) -> list[Worker]:
    """The rig knows the processes; that Celery is up in one shows in its events."""
    heard = {(life.worker, life.pid) for life in model.ledger.lives if life.heard and life.gone is None}
    known = {life.worker for life in model.ledger.lives}
    found = []
    for worker in workers:
        condition: Condition
        if worker.state in ("retiring", "gave up"):
            condition = worker.state
        elif worker.frozen:
            condition = "frozen"
        elif worker.pid is not None and (worker.name, worker.pid) in heard:
            condition = "up"
        else:
            condition = "restarting" if worker.name in known else "starting"
        found.append(Worker(worker.name, condition))
    return found

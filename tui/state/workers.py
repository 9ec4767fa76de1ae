"""The workers: those of the rig, and those of others that are heard on the same broker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lab.rig.rig import Rig
from lab.rig.state import WorkerState
from lab.watch.model import roll_call
from lab.watch.model.model import Model

Condition = Literal["up", "silent", "starting", "restarting", "retiring", "frozen", "gave up"]
"""`silent`: it missed three heartbeats, and may be stopped, killed or cut off."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its full name, and how it is."""

    name: str
    condition: Condition
    processes: int = 1
    """How many live under this name; more than one is a mistake of who started them."""


def workers_of(rig: Rig | None, model: Model, now: float) -> tuple[Worker, ...]:
    """The rig's workers, then others.

    Workers that somebody else started on the same broker, under the same prefix, are heard all the same.
    """
    quiet = {(life.worker, life.pid) for life in roll_call.silent(model.ledger, now)}
    same = roll_call.namesakes(model.ledger, now)
    own = _of_rig(rig.state.workers, model, quiet) if rig else []
    names = {worker.name for worker in own}
    others = [
        Worker(life.worker, "silent" if (life.worker, life.pid) in quiet else "up")
        for life in model.ledger.lives.present(now)
        if life.worker not in names
    ]
    return tuple(replace(each, processes=len(same.get(each.name, "1"))) for each in (*own, *others))


def _of_rig(workers: tuple[WorkerState, ...], model: Model, quiet: set[tuple[str, int]]) -> list[Worker]:
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
            condition = "silent" if (worker.name, worker.pid) in quiet else "up"
        else:
            condition = "restarting" if worker.name in known else "starting"
        found.append(Worker(worker.name, condition))
    return found

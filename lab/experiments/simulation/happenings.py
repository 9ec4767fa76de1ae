"""What happens to a simulated broker, its workers and its observer, as it was planned."""

from __future__ import annotations

from collections.abc import Callable

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.outages import fill, go_away, roll_back
from lab.experiments.simulation.plan import PlannedFault
from lab.experiments.simulation.shutdown import go_down
from lab.experiments.simulation.sweeping import sweep
from lab.experiments.simulation.worker import SimulatedWorker
from lab.experiments.simulation.world import World
from lab.watch import facts


def happen(world: World, planned: PlannedFault) -> None:
    """Let one thing happen."""
    _HAPPENS[planned.fault](world, planned)


def _worker(world: World, planned: PlannedFault) -> SimulatedWorker | None:
    """Whom it happens to, if that one is there."""
    worker = world.workers.get(planned.worker)
    return worker if worker and not worker.dead and worker.connected and not worker.frozen else None


def _again(world: World, planned: PlannedFault) -> None:
    """A supervisor starts a worker that ended."""
    if planned.lasts:
        plan = next(each for each in world.plan.workers if each.name == planned.worker)
        world.at(world.now + planned.lasts, world.start, plan)


def _crash(world: World, planned: PlannedFault) -> None:
    if worker := _worker(world, planned):
        if planned.how == "popping":
            worker.consumer.dies_at_pop = True
        else:
            worker.kill("it was killed")
        _again(world, planned)


def _freeze(world: World, planned: PlannedFault) -> None:
    if worker := _worker(world, planned):
        world.disturb(f"{worker.name} is frozen")
        worker.freeze()
        world.at(world.now + planned.lasts, _thaw, world, worker, planned.how)


def _thaw(world: World, worker: SimulatedWorker, how: str) -> None:
    world.disturb(f"{worker.name} goes on")
    if how == "killed":
        worker.kill("it was killed")
    else:
        worker.thaw()


def _shut_down(world: World, planned: PlannedFault) -> None:
    if worker := _worker(world, planned):
        go_down(worker, planned.how)
        _again(world, planned)


def _cut(world: World, planned: PlannedFault) -> None:
    worker = _worker(world, planned)
    if worker and not worker.closing:
        worker.disconnect(restores=True)


def _kill_child(world: World, planned: PlannedFault) -> None:
    if worker := _worker(world, planned):
        for copy in worker.pool.running[:1]:
            if copy.run is not None and copy.run.outcome == "running":
                worker.pool.lose_child(copy)


def _revoke(world: World, planned: PlannedFault) -> None:
    world.revoked.setdefault(planned.message, world.now)
    if planned.how == "terminate":
        for worker in world.workers.values():
            if worker.connected and not worker.frozen:
                worker.pool.terminate(planned.message)


def _leave_mutex(world: World, planned: PlannedFault) -> None:
    world.disturb("a mutex is left behind")
    world.broker.mutex_until = world.now + planned.lasts
    world.at(world.broker.mutex_until, world.disturb, "the mutex expires")


def _sweep_strangely(world: World, planned: PlannedFault) -> None:
    """`how` is its visibility timeout; with a period it comes again and again over one connection."""
    connection = world.connection()
    if planned.lasts:
        world.disturb("a stranger begins to sweep")
        world.teller.clients.opened(connection)
    _stranger(world, float(planned.how), planned.lasts, connection)


def _stranger(world: World, timeout: float, period: float, connection: int) -> None:
    if world.broker.up:
        if not period:
            world.disturb("a stranger sweeps")
        sweep(world, timeout, 0.0, connection if period else None)
    if period:
        world.at(world.now + period + 0.002, _stranger, world, timeout, period, connection)


def _use_commands(world: World, planned: PlannedFault) -> None:
    """Somebody's lock and ZRANGE, again and again: the server's counters cannot tell it from a sweep."""
    world.broker.sweeps += 1
    world.teller.keys.touch()
    if planned.lasts:
        world.at(world.now + planned.lasts, _use_commands, world, planned)


def _deafen(world: World, planned: PlannedFault) -> None:
    teller = world.teller
    if teller.deaf or not world.broker.up or world.now < world.truth.watched:
        return
    teller.deaf = True
    teller.tell(facts.Disconnected, source="events", why="it was cut off")
    world.at(world.now + planned.lasts, _hear_again, world, world.now)


def _hear_again(world: World, since: float) -> None:
    teller = world.teller
    teller.deaf = False
    teller.tell(facts.Connected, source="events")
    teller.tell(facts.Gap, source="events", since=since, why="it was cut off")


def _blind(world: World, planned: PlannedFault) -> None:
    keys = world.teller.keys
    if keys.blind or not world.broker.up or world.now < world.truth.watched:
        return
    keys.lost("it was cut off")
    world.at(world.now + planned.lasts, keys.found, world.now, "it was cut off")


_HAPPENS: dict[Fault, Callable[[World, PlannedFault], None]] = {
    Fault.CRASH: _crash,
    Fault.FROZEN: _freeze,
    Fault.WARM: _shut_down,
    Fault.COLD: _shut_down,
    Fault.CONNECTION: _cut,
    Fault.CHILD: _kill_child,
    Fault.REVOKE: _revoke,
    Fault.MUTEX: _leave_mutex,
    Fault.RESTART: go_away,
    Fault.WIPED: go_away,
    Fault.ROLLBACK: roll_back,
    Fault.FULL: fill,
    Fault.FOREIGN_SWEEPER: _sweep_strangely,
    Fault.FOREIGN_COMMANDS: _use_commands,
    Fault.DEAF: _deafen,
    Fault.BLIND: _blind,
}

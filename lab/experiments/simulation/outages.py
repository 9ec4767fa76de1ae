"""What becomes of a simulated broker: it goes away and comes back, with its memory or without, or is full."""

from __future__ import annotations

from lab.experiments.simulation.broker import Memory
from lab.experiments.simulation.plan import PlannedFault
from lab.experiments.simulation.world import World
from lab.watch import facts

AWAY = "the broker was away"


def go_away(world: World, planned: PlannedFault) -> None:
    """The server's process ends; another one comes after a while."""
    broker = world.broker
    world.disturb("the broker goes")
    broker.up = False
    broker.waiters.clear()
    for worker in world.workers.values():
        if not worker.dead and worker.plan.exits_without_broker and worker.consumer.delivered:
            worker.kill("it exited")
        else:
            worker.disconnect(restores=False)
    for source in ("events", "keys", *(["clients"] if world.plan.watch.clients else [])):
        world.teller.tell(facts.Disconnected, source=source, why="no connection")
    memory: Memory = ([], {}, {}) if planned.how == "wiped" else broker.memory()
    if planned.how == "rollback" and world.snapshot is not None:
        memory = world.snapshot
    world.at(world.now + planned.lasts, _come_back, world, memory, world.now)


def _come_back(world: World, memory: Memory, since: float) -> None:
    world.disturb("the broker is back")
    broker = world.broker
    now_queued = {each.tag for each in broker.queue}
    broker.restart(memory)
    for publication in broker.queue:
        if publication.tag not in now_queued and publication.deliveries:
            publication.returned = "rolled back"
    for tag, score in broker.index.items():
        world.last_scores[tag] = score
    for source in ("events", "keys", *(["clients"] if world.plan.watch.clients else [])):
        world.teller.tell(facts.Connected, source=source)
        if source != "clients":
            world.teller.tell(facts.Gap, source=source, since=since, why=AWAY)


def _save(world: World, planned: PlannedFault) -> None:
    if world.broker.up:
        world.snapshot = world.broker.memory()


def roll_back(world: World, planned: PlannedFault) -> None:
    if planned.how == "save":
        _save(world, planned)
    else:
        go_away(world, planned)


def fill(world: World, planned: PlannedFault) -> None:
    world.disturb("the broker is full")
    world.broker.refuses_writes = True
    world.at(world.now + planned.lasts, _free, world)


def _free(world: World) -> None:
    world.disturb("the broker has room")
    world.broker.refuses_writes = False

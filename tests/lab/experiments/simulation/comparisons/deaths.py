"""Plans of workers that die, stand still, go down, or lose their connection."""

from __future__ import annotations

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import Plan
from tests.lab.experiments.simulation.planning import happening, message, plan

from .comparison import fast, one


def poison(version: str) -> Plan:
    dies = message("poison", 3.0, 0.2, acks_late=True, reject_on_lost=True, ends=("kill",) * 3 + ("succeed",))
    return plan(dies, workers=[one(version, slots=1, prefetch=4)], until=20.0)


def worker_killed(version: str) -> Plan:
    messages = message("early", 8.0, 3.0), message("late", 8.2, 3.0, acks_late=True)
    options = {**fast(version, 5.0), "slots": 2, "prefetch": 8}
    workers = [one(version, **options), one(version, 15.5, "w2@sim", **options)]
    return plan(*messages, workers=workers, happenings=[happening(Fault.CRASH, 9.0)], until=60.0)


def killed_in_a_pop(version: str) -> Plan:
    messages = message("popped", 6.1, 0.01, acks_late=True), message("next", 12.0, 0.01, acks_late=True)
    stopped = happening(Fault.FROZEN, 6.0, lasts=1.0, how="killed")
    workers = [one(version, slots=1), one(version, 8.0, "w2@sim", slots=1)]
    return plan(*messages, workers=workers, happenings=[stopped], until=40.0)


def frozen(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 2, "prefetch": 8}
    stopped = happening(Fault.FROZEN, 4.5, lasts=9.0)
    workers = [one(version, **options), one(version, 5.5, "w2@sim", **options)]
    return plan(message("held", 3.0, 0.001, countdown=4.0), workers=workers, happenings=[stopped], until=25.0)


def connection_lost(version: str) -> Plan:
    cut = happening(Fault.CONNECTION, 4.5)
    workers = [one(version, slots=1, cancels=True, cancel_told=False)]
    return plan(message("cancelled", 3.0, 5.0, acks_late=True), workers=workers, happenings=[cut], until=20.0)


def cut_in_runs(version: str) -> Plan:
    messages = message("early", 3.0, 4.0), message("late", 3.2, 4.0, acks_late=True)
    cut = happening(Fault.CONNECTION, 4.5)
    return plan(*messages, workers=[one(version, slots=2)], happenings=[cut], until=16.0)


def deploy(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 1, "prefetch": 4}
    workers = [one(version, **options), one(version, 9.5, "w2@sim", **options)]
    down = happening(Fault.WARM, 3.2, how="warm")
    return plan(message("long", 3.0, 9.0, acks_late=True), workers=workers, happenings=[down], until=40.0)


def warm_shutdown(version: str) -> Plan:
    messages = (
        message("runs", 3.0, 3.0, acks_late=True),
        message("reserved", 3.5, 0.001),
        message("held", 3.8, 0.001, countdown=12.0),
    )
    down = happening(Fault.WARM, 4.5, how="warm")
    workers = [one(version, slots=1, prefetch=4), one(version, 9.0, "w2@sim", slots=1, prefetch=4)]
    return plan(*messages, workers=workers, happenings=[down], until=25.0)


def cold_shutdown(version: str) -> Plan:
    messages = (
        message("early", 3.0, 30.0),
        message("late", 3.2, 6.0, acks_late=True),
        message("held", 3.4, 0.001, countdown=20.0),
    )
    down = happening(Fault.COLD, 4.5, how="cold")
    workers = [one(version, slots=2), one(version, 7.0, "w2@sim", slots=2)]
    return plan(*messages, workers=workers, happenings=[down], until=44.0)


def sigterm_to_all(version: str) -> Plan:
    messages = (
        message("early", 3.0, 30.0),
        message("late", 3.1, 30.0, acks_late=True),
        message("late_lost", 3.2, 3.0, acks_late=True, reject_on_lost=True),
    )
    workers = [one(version, slots=3), one(version, 7.0, "w2@sim", slots=3)]
    down = happening(Fault.COLD, 4.0, how="group")
    return plan(*messages, workers=workers, happenings=[down], until=60.0)

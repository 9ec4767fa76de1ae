"""Plans of a broker that is full, or goes back in time."""

from __future__ import annotations

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import Plan
from tests.lab.experiments.simulation.planning import happening, message, plan

from .comparison import one


def memory_full(version: str) -> Plan:
    messages = [message(f"full{n}", 3.0 + n / 10) for n in range(3)]
    stopped = happening(Fault.FROZEN, 2.9, lasts=1.0)
    full = happening(Fault.FULL, 3.5, lasts=5.0)
    return plan(*messages, workers=[one(version, slots=1)], happenings=[stopped, full], until=40.0)


def older_snapshot(version: str) -> Plan:
    saved = happening(Fault.ROLLBACK, 1.0, how="save")
    back = happening(Fault.ROLLBACK, 6.0, lasts=0.3, how="rollback")
    workers = [one(version, 2.0, slots=1)]
    return plan(message("again", 0.5, 0.01), workers=workers, happenings=[saved, back], until=20.0)


def older_snapshot_in_a_run(version: str) -> Plan:
    saved = happening(Fault.ROLLBACK, 1.0, how="save")
    back = happening(Fault.ROLLBACK, 8.5, lasts=0.3, how="rollback")
    exits = version == "5.7.0"
    workers = [one(version, 2.0, slots=2, exits_without_broker=exits)]
    if exits:
        workers.append(one(version, 10.0, "w2@sim", slots=1))
    again = message("again", 0.5, 8.0, acks_late=True)
    return plan(again, workers=workers, happenings=[saved, back], until=60.0)

"""The scenarios in which simulated workers are held against real ones: a plan each, for a version of Celery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import Plan, PlannedWorker

from .planning import happening, message, plan, worker

VERSIONS = ("5.3.6", "5.4.0", "5.6.3", "5.7.0")
NEWEST = VERSIONS[-1:]


@dataclass(frozen=True)
class Scenario:
    """One scenario; its messages have the names that they have in the recording."""

    plan: Callable[[str], Plan]
    recording: str = ""
    """The recording without its version."""
    versions: tuple[str, ...] = VERSIONS
    ordered: bool = True
    """Whether the order of events is no matter of chance."""
    certain: bool = True
    """Whether every history of it is the same, but for that order."""
    first: int | None = None
    """So many events alone are compared, and nothing else: it would go on for ever."""


def fast(version: str, timeout: float) -> dict[str, object]:
    """Settings of sweeps; before kombu 5.7 they are fixed at every tenth of 10 s."""
    interval, throttle = (1.0, 1) if version == "5.7.0" else (10.0, 10)
    return {"timeout": timeout, "interval": interval, "throttle": throttle}


def one(version: str, starts: float = 0.0, name: str = "w1@sim", **more: object) -> PlannedWorker:
    """A worker of a version, with kombu's own sweep unless something else is said."""
    options: dict[str, object] = {
        "timeout": 600.0,
        "interval": 10.0,
        "throttle": 10,
        "slots": 4,
        "prefetch": 16,
    }
    options["release"] = version[:3] if version > "5.4" else "5.4"
    return worker(name, starts, **{**options, **more})


def ends(name: str, **more: object) -> Scenario:
    """One message that ends in a way of its own, as the recordings of `tests.recordings.capture` have it."""
    until = float(str(more.pop("until", 25.0)))
    first, certain = more.pop("first", None), bool(more.pop("certain", True))
    assert first is None or isinstance(first, int)

    def planned(version: str) -> Plan:
        return plan(message(name, **{"lasts": 0.1, **more}), workers=[one(version)], until=until)

    return Scenario(planned, "celery", first=first, certain=certain)


def comes_again(version: str) -> Plan:
    twice = [message("comes_again", sent, lasts=0.01) for sent in (3.0, 4.5)]
    return plan(*twice, workers=[one(version)], until=15.0)


def eta_beyond_timeout(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 8, "prefetch": 32}
    workers = [one(version, **options), one(version, 9.0, "w2@sim", **options)]
    return plan(message("eta", 3.0, 0.01, countdown=22.0), workers=workers, until=40.0)


def longer_than_timeout(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 1, "prefetch": 4}
    workers = [one(version, **options), one(version, 0.5, "w2@sim", **options)]
    return plan(message("long", 3.0, 8.0, acks_late=True), workers=workers, until=30.0)


def lock(version: str) -> Plan:
    workers = [one(version, **fast(version, 2.0)), one(version, 6.0, "w2@sim", **fast(version, 2.0))]
    return plan(message("locked", 3.0, 0.5, countdown=7.0, locked=True), workers=workers, until=20.0)


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


def connection_lost(version: str) -> Plan:
    cut = happening(Fault.CONNECTION, 4.5)
    workers = [one(version, slots=1, cancels=True, cancel_told=False)]
    return plan(message("cancelled", 3.0, 5.0, acks_late=True), workers=workers, happenings=[cut], until=20.0)


def deploy(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 1, "prefetch": 4}
    workers = [one(version, **options), one(version, 9.5, "w2@sim", **options)]
    down = happening(Fault.WARM, 3.2, how="warm")
    return plan(message("long", 3.0, 9.0, acks_late=True), workers=workers, happenings=[down], until=40.0)


def sigterm_to_all(version: str) -> Plan:
    messages = (
        message("early", 3.0, 30.0),
        message("late", 3.1, 30.0, acks_late=True),
        message("late_lost", 3.2, 3.0, acks_late=True, reject_on_lost=True),
    )
    workers = [one(version, slots=3), one(version, 7.0, "w2@sim", slots=3)]
    down = happening(Fault.COLD, 4.0, how="group")
    return plan(*messages, workers=workers, happenings=[down], until=60.0)


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


def revoked(version: str) -> Plan:
    messages = (
        message("terminated", 3.0, 30.0),
        message("held", 3.1, 0.01, countdown=4.0),
        message("expired", 3.2, 0.01, countdown=4.0, expires=2.0),
    )
    happenings = [
        happening(Fault.REVOKE, 5.0, message="terminated", how="terminate"),
        happening(Fault.REVOKE, 5.0, message="held"),
    ]
    return plan(*messages, workers=[one(version, slots=1)], happenings=happenings, until=15.0)


SCENARIOS: Mapping[str, Scenario] = {
    "returns": ends("succeeds"),
    "returns, acks late": ends("succeeds_late", acks_late=True, lasts=0.3),
    "raises": ends("raises", ends=("fail",)),
    "raises, and that is no reason to acknowledge": ends(
        "raises_late", ends=("fail",), acks_late=True, acks_on_failure=False
    ),
    "a hard time limit": ends("ends_by_limit", ends=("limit",), lasts=1.0),
    "a hard time limit that is no reason to acknowledge": ends(
        "ends_by_limit_again", ends=("limit",) * 4, lasts=1.0, acks_late=True, acks_on_failure=False, first=6
    ),
    "its child dies": ends("dies", ends=("kill",), lasts=0.3),
    "its child dies, acks late": ends("dies_late", ends=("kill",), lasts=0.3, acks_late=True),
    "Reject": ends("rejects", ends=("reject",), lasts=0.01, acks_late=True),
    "Reject with requeue": ends("hands_back", ends=("requeue", "succeed"), lasts=0.01, acks_late=True),
    "Ignore": ends("ignores", ends=("ignore",), lasts=0.01),
    "replaces itself": ends("replaces", ends=("replace", "succeed"), lasts=0.01),
    # The child publishes the next message, and its worker hears later that the run is over.
    "a retry after 12 s": ends(
        "retries", ends=("retry", "succeed"), lasts=0.01, retry_countdown=12.0, certain=False
    ),
    "nobody knows the task": ends("unknown", unknown=True),
    "an ETA that is far": ends("far", countdown=1e8),
    "an id that is used again": Scenario(comes_again, "celery"),
    "an ETA beyond the timeout": Scenario(
        eta_beyond_timeout, "incidents/eta_beyond_timeout", ordered=False, certain=False
    ),
    "a run beyond the timeout": Scenario(
        longer_than_timeout, "incidents/longer_than_timeout", NEWEST, ordered=False
    ),
    "a lock stops copies": Scenario(lock, "incidents/lock", ordered=False, certain=False),
    "a child dies and its message is handed back": Scenario(poison, "incidents/poison"),
    "SIGKILL of a worker": Scenario(worker_killed, "incidents/worker_killed"),
    # Its BRPOP may be over before the message comes.
    "SIGKILL between BRPOP and ZADD": Scenario(
        killed_in_a_pop, "incidents/killed_in_a_pop", NEWEST, certain=False
    ),
    "a connection is lost": Scenario(connection_lost, "incidents/connection_lost"),
    "a warm shutdown beyond the timeout": Scenario(deploy, "incidents/deploy", ordered=False),
    "SIGTERM to all processes": Scenario(sigterm_to_all, "incidents/sigterm_to_all"),
    "a broker that is full": Scenario(memory_full, "incidents/memory_full", NEWEST),
    "an older snapshot": Scenario(older_snapshot, "incidents/older_snapshot"),
    "an older snapshot, in a run": Scenario(older_snapshot_in_a_run, "incidents/older_snapshot_in_a_run"),
    "revoked and expired": Scenario(revoked, "incidents/revoked"),
}

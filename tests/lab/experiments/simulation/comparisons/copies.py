"""Plans of copies: more than one of a message, and what becomes of those that are not to run."""

from __future__ import annotations

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import Plan
from tests.lab.experiments.simulation.planning import happening, message, plan

from .comparison import fast, one


def eta_beyond_timeout(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 8, "prefetch": 32}
    workers = [one(version, **options), one(version, 9.0, "w2@sim", **options)]
    return plan(message("eta", 3.0, 0.01, countdown=22.0), workers=workers, until=40.0)


def three_workers(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 8, "prefetch": 32}
    workers = [one(version, n / 2, f"w{n + 1}@sim", **options) for n in range(3)]
    return plan(message("eta", 5.0, 0.001, countdown=13.0), workers=workers, until=25.0)


def copies_in_threads(version: str) -> Plan:
    workers = [one(version, **fast(version, 5.0), slots=8, prefetch=32)]
    return plan(message("eta", 3.0, 0.3, countdown=12.0), workers=workers, until=22.0)


def longer_than_timeout(version: str) -> Plan:
    options = {**fast(version, 5.0), "slots": 1, "prefetch": 4}
    workers = [one(version, **options), one(version, 0.5, "w2@sim", **options)]
    return plan(message("long", 3.0, 8.0, acks_late=True), workers=workers, until=30.0)


def prefetched(version: str) -> Plan:
    messages = [message(f"queued{n}", 3.0 + 0.25 * n, 4.0) for n in range(5)]
    workers = [one(version, **fast(version, 5.0), slots=1, prefetch=4)]
    return plan(*messages, workers=workers, until=60.0)


def lock(version: str) -> Plan:
    workers = [one(version, **fast(version, 2.0)), one(version, 6.0, "w2@sim", **fast(version, 2.0))]
    return plan(message("locked", 3.0, 0.5, countdown=7.0, locked=True), workers=workers, until=20.0)


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


def refused(version: str) -> Plan:
    messages = (
        message("first", 3.0, 4.0, acks_late=True),
        message("reserved", 3.3, 0.001, expires=2.0),
        message("terminated", 3.6, 30.0, acks_late=True),
        message("revoked", 5.0, 0.001),
    )
    happenings = [
        happening(Fault.REVOKE, 4.0, message="revoked"),
        happening(Fault.REVOKE, 8.0, message="terminated", how="terminate"),
    ]
    workers = [one(version, slots=1, prefetch=4)]
    return plan(*messages, workers=workers, happenings=happenings, until=15.0)

"""Plans of how runs end, one in each way there is."""

from __future__ import annotations

from lab.experiments.simulation.plan import Plan, PlannedMessage
from tests.lab.experiments.simulation.planning import message, plan

from .comparison import Comparison, one


def ends(name: str, **more: object) -> Comparison:
    """One message that ends in a way of its own, as the recordings of `tests.recordings.capture` have it."""
    until = float(str(more.pop("until", 25.0)))
    first, certain = more.pop("first", None), bool(more.pop("certain", True))
    assert first is None or isinstance(first, int)

    def planned(version: str) -> Plan:
        return plan(message(name, **{"lasts": 0.1, **more}), workers=[one(version)], until=until)

    return Comparison(planned, "celery", first=first, certain=certain)


def comes_again(version: str) -> Plan:
    twice = [message("comes_again", sent, lasts=0.01) for sent in (3.0, 4.5)]
    return plan(*twice, workers=[one(version)], until=15.0)


def not_returning(version: str) -> Plan:
    def at(sent: float, name: str, *ends: str, lasts: float = 0.001, **more: object) -> PlannedMessage:
        return message(name, sent, lasts, ends=(*ends, "succeed"), **more)

    messages = (
        at(3.0, "rejects", "reject"),
        at(3.3, "hands_back", "requeue"),
        at(3.6, "ignores", "ignore", acks_late=True),
        at(3.9, "raises", "fail", acks_late=True),
        at(4.2, "retries", "retry", acks_late=True),
        at(4.5, "replaces", "replace", acks_late=True),
        at(4.8, "soft_limit", "fail", lasts=1.0),
        at(5.1, "hard_limit", "limit", lasts=1.0, acks_late=True),
    )
    return plan(*messages, workers=[one(version)], until=14.0)

"""The whereabouts: what should wait in a queue, when it is looked for, and what all of it adds up to."""

from __future__ import annotations

from msgspec import structs

from lab.watch import facts
from lab.watch.model.whereabouts import AGAIN, PATIENCE, QUEUES
from tests.lab.watch.telling import ZERO, Telling, modelled


def sent(task_id: str, at: float, queue: str = "celery") -> facts.Sent:
    return facts.Sent(at=ZERO + at, seen=ZERO + at, id=task_id, task="lab.run", queue=queue)


def test_what_should_wait_and_is_in_no_queue_is_looked_for_after_a_while_and_not_all_the_time() -> None:
    model = modelled([sent("a", 0), facts.Totals(at=ZERO, queued=0)])
    assert model.missing(ZERO + PATIENCE - 0.1) == []
    assert model.missing(ZERO + PATIENCE) == [("a", "celery")]
    assert model.missing(ZERO + PATIENCE + 1) == []
    assert model.missing(ZERO + PATIENCE + AGAIN) == [("a", "celery")]


def test_while_the_queues_hold_what_should_wait_nothing_is_looked_for() -> None:
    model = modelled([sent("a", 0), facts.Totals(at=ZERO, queued=1)])
    assert model.missing(ZERO + 60) == []


def test_what_nobody_was_seen_to_send_is_not_looked_for_under_a_routing_key() -> None:
    told = Telling(eta=None).online(0, "w1").payload(1).popped(1).received(1.01, "w1").gone(2, "w1").left(7)
    keyed = [
        structs.replace(f, queue="a.routing.key") if isinstance(f, facts.Payload) else f for f in told.facts
    ]
    model = modelled([*keyed, facts.Totals(at=ZERO + 8, queued=0)])
    assert model.ledger.accounts["task-1"].attempts[0].outcome == "waiting"
    assert model.missing(ZERO + 60) == []


def test_a_message_that_is_nowhere_is_lost_until_it_is_seen_again() -> None:
    model = modelled([sent("a", 0), facts.Nowhere(at=ZERO + 9, seen=ZERO + 9, id="a")])
    assert (model.ledger.balance.lost, list(model.ledger.whereabouts.lost)) == (1, ["a"])
    model.apply(facts.Received(at=ZERO + 20, seen=ZERO + 20, id="a", task="lab.run", worker="w1", pid=1))
    model.settle()
    assert (model.ledger.balance.lost, model.ledger.balance.unacked) == (0, 1)


def test_queues_are_remembered_within_a_limit() -> None:
    model = modelled([])
    for n in range(QUEUES + 50):
        at = ZERO + n
        model.apply(sent(f"m{n}", n, f"q{n}"))
        model.settle()
        model.apply(facts.Received(at=at + 0.5, seen=at + 0.5, id=f"m{n}", task="lab.run", worker="w", pid=1))
        model.settle()
    assert len(model.ledger.whereabouts._taken) == QUEUES

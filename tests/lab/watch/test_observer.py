"""The observer: what does not fit is counted, and what must not be lost is not."""

from __future__ import annotations

from lab.watch import facts
from lab.watch.observer import CEILING, Observer


def started(n: int) -> facts.Started:
    return facts.Started(at=n, seen=n, id=f"t{n}", worker="w1", pid=1)


def test_events_of_tasks_that_do_not_fit_are_counted_as_a_gap() -> None:
    observer = Observer(room=10)
    applied: list[facts.AnyFact] = []
    observer.listeners.append(applied.append)
    for n in range(1, 31):
        assert observer.full is (n > 10)
        observer.put(started(n))
    observer.put(facts.Unreadable(at=31, source="events", why="noise"))
    observer.drain()
    (gap,) = [fact for fact in applied if isinstance(fact, facts.Gap)]
    assert (gap.count, gap.since) == (21, 11) and len(applied) == 11
    assert observer.model.ledger.doubts and not observer.full


def test_facts_of_keys_and_of_workers_are_let_in_where_events_are_not() -> None:
    observer = Observer(room=10)
    applied: list[facts.AnyFact] = []
    observer.listeners.append(applied.append)
    for n in range(1, 21):
        observer.put(started(n))
    rare: list[facts.AnyFact] = [
        facts.Popped(at=1, tag="t"),
        facts.Payload(at=1, tag="t", id="i"),
        facts.Left(at=2, tag="t"),
        facts.Swept(at=2, since=1),
        facts.Online(at=1, worker="w2", pid=2),
        facts.Gone(at=3, worker="w2", pid=2),
    ]
    for fact in rare:
        observer.put(fact)
    observer.drain()
    assert applied[10:-1] == rare


def test_even_those_have_a_ceiling() -> None:
    observer = Observer(room=10)
    applied: list[facts.AnyFact] = []
    observer.listeners.append(applied.append)
    for n in range(100):
        observer.put(facts.Heartbeat(at=n, worker=f"w{n}", pid=1))
    observer.drain()
    gap = applied.pop()
    assert isinstance(gap, facts.Gap) and gap.count == 100 - len(applied) and len(applied) == CEILING * 10

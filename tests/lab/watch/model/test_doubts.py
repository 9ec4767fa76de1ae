"""Doubts: whatever may make the counts incomplete does so from that moment, and says which it is."""

from __future__ import annotations

from lab.watch import facts
from lab.watch.model.ledger import Ledger
from lab.watch.model.lives import LIVES_IN_ALL
from tests.lab.watch.telling import PIDS, ZERO, Telling, modelled


def ledger_of(*told: facts.AnyFact) -> Ledger:
    ledger = Ledger()
    for fact in told:
        ledger.apply(fact)
    ledger.settle()
    return ledger


def connecting(source: str) -> facts.Connecting:
    return facts.Connecting(at=ZERO, seen=ZERO, source=source)


def connected(source: str) -> facts.Connected:
    return facts.Connected(at=ZERO + 1, seen=ZERO + 1, source=source)


def test_a_source_that_never_reached_the_broker_is_a_doubt() -> None:
    ledger = ledger_of(connecting("events"), connecting("keys"))
    assert ledger.doubts == ["events: not reached yet", "keys: not reached yet"] and not ledger.reached
    ledger = ledger_of(connecting("events"), connected("events"))
    assert ledger.doubts == [] and ledger.reached


def test_a_source_that_is_down_is_a_doubt_while_it_is() -> None:
    away = facts.Disconnected(at=ZERO + 2, seen=ZERO + 2, source="keys", why="away: nothing listens there")
    ledger = ledger_of(connected("keys"), away)
    assert ledger.doubts == ["keys: away: nothing listens there"]
    ledger.apply(facts.Connected(at=ZERO + 3, seen=ZERO + 3, source="keys"))
    assert ledger.doubts == []


def test_what_the_counts_rest_on_and_may_not_be_read_is_a_doubt_and_nothing_else_is() -> None:
    def refused(what: str, why: str = "refused: NOPERM") -> facts.Unknown:
        return facts.Unknown(at=ZERO, seen=ZERO, source="keys", what=what, why=why)

    for what in sorted(facts.COUNTED):
        ledger = ledger_of(refused(what))
        assert ledger.doubts == [f"{what}: refused: NOPERM"]
        ledger.apply(refused(what, ""))
        assert ledger.doubts == []
    assert ledger_of(refused("who sweeps")).doubts == []


def test_what_could_not_be_read_is_counted_and_an_event_of_an_apps_own_is_none() -> None:
    bad = facts.Unreadable(at=ZERO, seen=ZERO, source="keys", why="an unacked entry that cannot be read")
    own = facts.Unreadable(at=ZERO, seen=ZERO, source="events", why="an unknown event", foreign=True)
    ledger = ledger_of(bad, own)
    assert ledger.doubts == ["1 could not be read, the last: an unacked entry that cannot be read"]
    assert ledger.foreign == 1


def test_more_worker_processes_than_are_followed_are_a_doubt() -> None:
    def beat(n: int) -> facts.Heartbeat:
        return facts.Heartbeat(at=ZERO, seen=ZERO, worker=f"w{n}", pid=n + 1)

    ledger = ledger_of(*(beat(n) for n in range(LIVES_IN_ALL)))
    assert ledger.doubts == []
    ledger.apply(beat(LIVES_IN_ALL))
    assert ledger.doubts == ["more than 4,096 worker processes: those beyond are not followed"]


def test_processes_that_ended_may_be_forgotten() -> None:
    told = [
        kind(at=ZERO + n, seen=ZERO + n, worker=f"w{n}", pid=n + 1)
        for n in range(LIVES_IN_ALL + 10)
        for kind in (facts.Online, facts.Offline)
    ]
    assert ledger_of(*told).doubts == []


def lost(told: Telling, at: float, why: str = "FLUSHALL") -> Telling:
    """The entry goes with the broker's data."""
    told.facts.append(facts.DataLost(at=ZERO + at, seen=ZERO + at, since=ZERO + at - 0.2, count=1, why=why))
    told.facts.append(facts.Left(at=ZERO + at, seen=ZERO + at, tag=told.tag, lost=True))
    return told


def test_what_went_with_the_brokers_data_was_not_acknowledged_but_lost() -> None:
    told = lost(Telling().payload(0).popped(0), 5)
    ledger = modelled(told.facts).ledger
    (attempt,) = ledger.accounts["task-1"].attempts
    assert attempt.outcome == "lost" and attempt.data_lost == ZERO + 5
    assert ledger.doubts == ["data lost: FLUSHALL, with 1 message that was held"]
    assert ledger.balance.lost == 1


def test_a_worker_that_still_has_it_may_run_it_all_the_same() -> None:
    told = lost(Telling().online(0, "w1").payload(0).popped(0).received(0, "w1"), 5)
    (attempt,) = modelled(told.facts).ledger.accounts["task-1"].attempts
    assert attempt.outcome == "waiting"
    told.started(28, "w1").succeeded(28.1, "w1", 0.1)
    (attempt,) = modelled(told.facts).ledger.accounts["task-1"].attempts
    assert attempt.outcome == "succeeded"


def test_with_its_worker_goes_the_last_copy() -> None:
    told = lost(Telling().online(0, "w1").payload(0).popped(0).received(0, "w1"), 5).gone(9, "w1")
    (attempt,) = modelled(told.facts).ledger.accounts["task-1"].attempts
    assert attempt.outcome == "lost" and PIDS["w1"]


def test_a_message_that_comes_back_was_not_lost() -> None:
    told = lost(Telling().payload(0).popped(0), 5).popped(9)
    (attempt,) = modelled(told.facts).ledger.accounts["task-1"].attempts
    assert attempt.data_lost is None and attempt.outcome == "waiting"

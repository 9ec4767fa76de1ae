"""Who misses heartbeats is named after three of them, and who shares a name with another."""

from __future__ import annotations

from lab.watch import facts
from lab.watch.model import roll_call
from lab.watch.model.model import Model
from tests.lab.watch.telling import ZERO


def at(seconds: float) -> dict[str, float]:
    return {"at": ZERO + seconds, "seen": ZERO + seconds}


def listening(*others: facts.AnyFact) -> Model:
    model = Model()
    for fact in (facts.Connected(**at(0), source="events"), *others):
        model.apply(fact)
    return model


def beats(worker: str, pid: int, *times: float, every: float = 2.0) -> list[facts.AnyFact]:
    return [facts.Heartbeat(**at(each), worker=worker, pid=pid, every=every) for each in times]


def silent(model: Model, now: float) -> list[tuple[str, int]]:
    return [(life.worker, life.pid) for life in roll_call.silent(model.ledger, ZERO + now)]


def test_three_missed_heartbeats_are_a_silence_also_of_the_only_worker() -> None:
    model = listening(*beats("w1", 1, 1, 3, 5))
    assert silent(model, 10.9) == []
    assert silent(model, 11.1) == [("w1", 1)] == silent(model, 500)
    for fact in beats("w1", 1, 501):
        model.apply(fact)
    assert silent(model, 502) == []


def test_it_goes_by_the_pace_that_the_worker_names_within_reason() -> None:
    model = listening(*beats("slow", 1, 1, every=10.0), *beats("absurd", 2, 1, every=1e-9))
    assert silent(model, 3.9) == []
    assert silent(model, 5) == [("absurd", 2)]
    assert silent(model, 31.1) == [("slow", 1), ("absurd", 2)]


def test_who_is_not_listened_to_is_not_silent() -> None:
    model = listening(*beats("w1", 1, 1))
    model.apply(facts.Disconnected(**at(3), source="events", why="the broker was away"))
    assert silent(model, 60) == []
    model.apply(facts.Connected(**at(60), source="events"))
    assert silent(model, 65) == [] and silent(model, 66.1) == [("w1", 1)]


def test_an_end_is_no_silence() -> None:
    offline = facts.Offline(**at(2), worker="w1", pid=1)
    gone = facts.Gone(**at(2), worker="w2", pid=2, why="it was killed")
    model = listening(*beats("w1", 1, 1), *beats("w2", 2, 1), *beats("w3", 3, 1), offline, gone)
    # The third was killed, and another process has its name.
    for fact in beats("w3", 4, 3, 5, 7, 9, 11):
        model.apply(fact)
    assert silent(model, 12) == []


def test_two_processes_that_are_heard_by_turns_under_one_name_are_two() -> None:
    model = listening(*beats("w1", 1, 1, 3, 5), *beats("w1", 2, 2, 4, 6), *beats("w2", 3, 5))
    assert roll_call.namesakes(model.ledger, ZERO + 7) == {"w1": [1, 2]}
    assert roll_call.namesakes(model.ledger, ZERO + 20) == {}


def test_one_that_is_started_anew_is_one() -> None:
    model = listening(*beats("w1", 1, 1, 3), *beats("w1", 2, 4, 6))
    assert roll_call.namesakes(model.ledger, ZERO + 7) == {}

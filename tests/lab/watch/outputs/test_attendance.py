"""What `lab watch` tells of the workers themselves."""

from __future__ import annotations

import json

from lab.watch import facts
from lab.watch.model.model import Model
from lab.watch.outputs.attendance import Attendance
from tests.lab.watch.model.test_roll_call import at, beats, listening
from tests.lab.watch.telling import ZERO


def told(attendance: Attendance, model: Model, now: float) -> list[str]:
    return [line.text for line in attendance.tell(model.ledger, ZERO + now)]


def test_silence_is_told_once_and_so_is_its_end() -> None:
    attendance, model = Attendance(), listening(*beats("w1@a", 1, 1), *beats("w2@a", 2, 1))
    assert told(attendance, model, 5) == []
    assert told(attendance, model, 7.5) == [
        "w1@a (pid 1) is silent, no heartbeat for 6 s: it is stopped, killed or cut off",
        "w2@a (pid 2) is silent, no heartbeat for 6 s: it is stopped, killed or cut off",
    ]
    assert told(attendance, model, 8) == []
    for fact in (*beats("w1@a", 1, 8), facts.Gone(**at(8), worker="w2@a", pid=2, why="it was killed")):
        model.apply(fact)
    assert told(attendance, model, 8.5) == [
        "w1@a (pid 1) is heard again",
        "w2@a (pid 2) is gone: it was killed",
    ]


def test_a_broker_that_goes_away_is_no_word_of_a_worker() -> None:
    attendance, model = Attendance(), listening(*beats("w1", 1, 1))
    assert len(told(attendance, model, 8)) == 1
    model.apply(facts.Disconnected(**at(8), source="events", why="the broker was away"))
    assert told(attendance, model, 9) == []
    for fact in (facts.Connected(**at(10), source="events"), *beats("w1", 1, 11)):
        model.apply(fact)
    assert told(attendance, model, 12) == ["w1 (pid 1) is heard again"]


def test_a_name_that_two_processes_have_is_told_once() -> None:
    attendance, model = Attendance(), listening(*beats("w1", 1, 1, 3), *beats("w1", 2, 2, 4))
    (line,) = attendance.tell(model.ledger, ZERO + 5)
    assert line.text == "w1 is the name of 2 processes (pids 1, 2), which cannot be told apart"
    assert json.loads(line.as_json())["pids"] == [1, 2]
    assert told(attendance, model, 6) == []

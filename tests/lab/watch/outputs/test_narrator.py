"""The narrator: every delivery and every execution is told once."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from lab.watch.facts import Gap
from lab.watch.model.model import Model
from lab.watch.outputs import narrator
from lab.watch.outputs.narrator import NarratedLine, Narrator, summary
from tests.lab.watch.telling import Telling, redelivered


def told_one_by_one(telling: Telling) -> tuple[list[NarratedLine], Model]:
    model, narrator = Model(), Narrator()
    lines: list[NarratedLine] = []
    for fact in telling.facts:
        model.apply(fact)
        lines += narrator.tell(model.settle())
    return lines, model


def test_each_delivery_and_execution_is_one_line_under_its_kind() -> None:
    lines, _ = told_one_by_one(redelivered("w1 w2 w1"))
    assert Counter(line.kind for line in lines) == {
        "sent": 1,
        "delivery": 1,
        "redelivery": 2,
        "execution": 1,
        "duplicate": 2,
    }


def test_a_start_that_is_learned_late_is_told_and_the_told_ones_are_not_again() -> None:
    telling = redelivered("w1 w2")
    starts = [fact for fact in telling.facts if type(fact).__name__ in ("Started", "Succeeded")]
    telling.facts = [fact for fact in telling.facts if fact not in starts] + starts[2:] + starts[:2]
    lines, _ = told_one_by_one(telling)
    runs = [json.loads(line.as_json())["worker"] for line in lines if line.kind in ("execution", "duplicate")]
    assert sorted(runs) == ["w1", "w2"]


def test_the_summary_agrees_with_the_lines() -> None:
    lines, model = told_one_by_one(redelivered("w1 w2 w1"))
    last = json.loads(summary(model.ledger, 0).as_json())
    kinds = Counter(line.kind for line in lines)
    assert last["deliveries"] == kinds["delivery"] + kinds["redelivery"]
    assert last["executions"] == kinds["execution"] + kinds["duplicate"] + kinds["recovery"]
    assert (last["messages"], last["duplicates"], last["incomplete"]) == (1, kinds["duplicate"], [])


def test_what_comes_from_the_wire_cannot_reach_the_terminal_as_control() -> None:
    telling = Telling()
    telling.received(1, "w1\x1b[2J")
    lines, _ = told_one_by_one(telling)
    assert all("\x1b" not in line.as_text() for line in lines)


def test_a_doubt_in_the_summary_cannot_reach_the_terminal_as_control_either() -> None:
    model = Model()
    model.apply(Gap(at=1, source="keys", since=0, why="away\x1b[2J\x9b\u202e"))
    last = summary(model.ledger, 0)
    assert "away" in last.as_text() and last.as_text().isprintable()
    assert last.as_json().isprintable()


@pytest.mark.parametrize("at", [1e300, float("inf"), float("nan"), -1e18, 1e12])
def test_an_absurd_time_is_shown_as_unknown(at: float) -> None:
    assert NarratedLine("summary", at, "text", {}).as_text() == "?  summary      text"


def test_only_the_latest_messages_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrator, "REMEMBERED", 2)
    model, told = Model(), Narrator()
    lines: list[NarratedLine] = []

    def received(name: str) -> list[NarratedLine]:
        telling = Telling(name)
        telling.received(1, "w1")
        for fact in telling.facts:
            model.apply(fact)
        return list(told.tell(model.settle()))

    for name in ("a", "b", "c"):
        lines += received(name)
    accounts = model.ledger.accounts
    assert list(told.tell([accounts["b"], accounts["c"]])) == []
    assert len(list(told.tell([accounts["a"]]))) == 1
    assert len(lines) == 3

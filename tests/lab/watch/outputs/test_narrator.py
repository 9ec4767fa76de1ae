"""The narrator: every delivery and every execution is told once."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from lab.watch.facts import Gap, Started
from lab.watch.model.model import Model
from lab.watch.outputs import narrator
from lab.watch.outputs.lines import NarratedLine, summary
from lab.watch.outputs.narrator import Narrator
from tests.lab.watch.telling import ZERO, Telling, modelled, redelivered


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
        "outcome": 1,
    }


def test_a_start_that_is_learned_late_is_told_and_the_told_ones_are_not_again() -> None:
    telling = redelivered("w1 w2")
    starts = [fact for fact in telling.facts if type(fact).__name__ in ("Started", "Succeeded")]
    telling.facts = [fact for fact in telling.facts if fact not in starts] + starts[2:] + starts[:2]
    lines, _ = told_one_by_one(telling)
    runs = [json.loads(line.as_json())["worker"] for line in lines if line.kind in ("execution", "duplicate")]
    assert sorted(runs) == ["w1", "w2"]


def told_by_the_clock(telling: Telling, at: dict[int, float]) -> list[NarratedLine]:
    """The lines of a watch that looks every 0.1 s, where fact number `n` comes at `at[n]`, or at once."""
    model, narrator = Model(), Narrator()
    learned = sorted((ZERO + at[n] if n in at else fact.at, n, fact) for n, fact in enumerate(telling.facts))
    lines: list[NarratedLine] = []
    now, until = learned[0][0], learned[-1][0] + 1.0
    while now < until:
        before, now = now, now + 0.1
        for _, _, fact in (each for each in learned if before <= each[0] < now):
            model.apply(fact)
        lines += narrator.tell(model.settle(), now, now)
    assert narrator.tell(()) == [], "nothing waits any longer"
    return lines


@pytest.mark.parametrize("late", [0.0, 0.05, 0.15, 0.25])
def test_whichever_of_two_runs_is_heard_of_first_each_is_told_under_its_own_kind(late: float) -> None:
    telling = redelivered("w1 w2")
    first = next(n for n, fact in enumerate(telling.facts) if isinstance(fact, Started))
    lines = told_by_the_clock(telling, {first: 28.0 + late, first + 1: 28.001 + late})
    runs = [line for line in lines if line.kind in ("execution", "duplicate")]
    assert sorted((line.data["n"], line.kind, line.data["worker"]) for line in runs) == [
        (1, "execution", "w1"),
        (2, "duplicate", "w2"),
    ]


def test_a_delivery_is_told_with_its_holder_even_if_the_key_is_read_before_the_event_comes() -> None:
    telling = Telling().settings().sent(0).payload(0.004).popped(0.004).received(0.006, "w1")
    lines = told_by_the_clock(telling, {len(telling.facts) - 1: 0.2})
    assert [(line.kind, line.data.get("worker")) for line in lines] == [("sent", None), ("delivery", "w1")]


def test_what_waits_is_told_at_the_end() -> None:
    model, narrator = modelled(redelivered("w1 w2").facts), Narrator()
    accounts = list(model.ledger.accounts.values())
    assert [line.kind for line in narrator.tell(accounts, ZERO + 28, ZERO + 28)] == ["sent"]
    assert Counter(line.kind for line in narrator.tell(())) == {
        "delivery": 1,
        "redelivery": 1,
        "execution": 1,
        "duplicate": 1,
        "outcome": 1,
    }


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    model, narrator = modelled(redelivered("w1").facts), Narrator()
    narrator.tell(model.ledger.accounts.values(), ZERO + 28, ZERO + 28)
    assert [line.kind for line in narrator.tell((), ZERO - 3600, ZERO - 3600)] == [
        "delivery",
        "execution",
        "outcome",
    ]


def test_the_summary_agrees_with_the_lines() -> None:
    lines, model = told_one_by_one(redelivered("w1 w2 w1"))
    last = json.loads(summary(model, 0).as_json())
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
    last = summary(model, 0)
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


def test_a_verdict_and_an_outcome_that_prove_wrong_are_corrected() -> None:
    told = Telling(eta=None).online(0, "w1").online(0, "w2").payload(1).popped(1).received(1.01, "w1")
    told.started(1.1, "w1").offline(7, "w1").popped(8).received(8.01, "w2").started(8.1, "w2")
    told.succeeded(9, "w2", 0.9).succeeded(14, "w1", 12.9)
    lines, model = told_one_by_one(told)
    (correction,) = [json.loads(line.as_json()) for line in lines if line.kind == "correction"]
    assert (correction["was"], correction["verdict"]) == ("unclear", "duplicate")
    assert summary(model, ZERO + 15).data["outcomes"] == {"succeeded": 1}


def test_the_summary_adds_up() -> None:
    told = (
        Telling(eta=None).sent(0).received(0.01, "w1").started(0.02, "w1").failed(1, "w1", "ValueError('x')")
    )
    data = summary(modelled(told.facts), ZERO + 2).data
    balance = data["balance"]
    assert data["outcomes"] == {"failed": 1}
    assert balance.pop("sent") == sum(balance.values()) == 1


def test_a_message_due_at_the_end_of_all_dates_is_told() -> None:
    lines, model = told_one_by_one(
        Telling(eta=253_402_386_399.0 - ZERO).sent(0).popped(0.1).received(0.1, "w1")
    )
    assert [line.kind for line in lines] == ["sent", "delivery"] and "due" in lines[0].as_text()
    assert json.loads(lines[0].as_json())["eta"] == 253_402_386_399.0
    (account,) = model.ledger.accounts.values()
    assert model.forecast.runs(account.attempts[0], ZERO + 1)

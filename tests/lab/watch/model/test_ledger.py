"""The ledger: counts, entries, and what makes them doubtful."""

from __future__ import annotations

import pytest

from lab.watch import facts
from lab.watch.model.ledger import Ledger
from tests.lab.watch.telling import ZERO, Telling, modelled, redelivered


def test_the_counts_of_a_message_that_ran_six_times() -> None:
    counts = modelled(redelivered("w1 w2 w1 w2 w1 w1").facts).ledger.counts
    assert counts.as_dict() == {
        "messages": 1,
        "retries": 0,
        "deliveries": 6,
        "redeliveries": 5,
        "requeues": 0,
        "executions": 6,
        "duplicates": 5,
        "recoveries": 0,
        "unclear": 0,
        "skipped": 0,
        "stopped": 0,
        "discarded": 0,
    }


def test_an_entry_stands_until_it_leaves_and_knows_its_message() -> None:
    told = Telling().popped(1).payload(1).sent(0)
    ledger = modelled(told.facts).ledger
    (entry,) = ledger.entries.values()
    attempt = ledger.attempt(entry)
    assert attempt is not None and attempt.id == "task-1" and ledger.entry(attempt) is entry
    ledger.apply(Telling().left(3).facts[0])
    ledger.settle()
    assert ledger.entries == {}


def test_entries_stay_in_the_order_of_their_scores() -> None:
    ledger = Ledger()
    for tag, at in (("a", 1), ("b", 2), ("c", 3), ("a", 6)):
        ledger.apply(facts.Popped(at=ZERO + at, tag=tag))
    assert list(ledger.entries) == ["b", "c", "a"]
    assert ledger.entries["a"].pops == 2


def test_a_pop_seen_before_its_payload_is_still_a_delivery() -> None:
    told = Telling().popped(1).popped(6).payload(6)
    assert modelled(told.facts).ledger.counts.deliveries == 2


def test_a_gap_marks_the_counts_incomplete_and_says_why() -> None:
    ledger = Ledger()
    ledger.apply(facts.Gap(at=ZERO, since=ZERO - 2, source="events", count=3, why="the broker was away"))
    assert ledger.doubts == ["events: the broker was away, 3 facts were lost"]


def test_the_feed_holds_every_duplicate_once_newest_last() -> None:
    ledger = Ledger()
    for fact in redelivered("w1 w2 w1").facts:
        ledger.apply(fact)
        ledger.settle()
    assert [run.number for run in ledger.duplicates] == [2, 3]


def test_a_verdict_that_changes_changes_in_the_feed_too() -> None:
    told = (
        Telling(eta=None)
        .online(0, "w1")
        .received(1, "w1")
        .started(1.1, "w1")
        .received(7, "w2")
        .started(7.1, "w2")
    )
    ledger = modelled(told.facts).ledger
    assert [run.verdict for run in ledger.duplicates] == ["duplicate"]
    ledger.apply(Telling().gone(2, "w1").facts[0])
    ledger.settle()
    assert [run.verdict for run in ledger.duplicates] == ["recovery"]
    assert (ledger.counts.duplicates, ledger.counts.recoveries) == (0, 1)


def test_settled_messages_are_forgotten_and_their_counts_kept() -> None:
    ledger = Ledger(remembered=10)
    for n in range(30):
        told = Telling(id=f"task-{n}").received(n, "w1").started(n + 0.1, "w1").succeeded(n + 0.2, "w1", 0.1)
        for fact in told.facts:
            ledger.apply(fact)
        ledger.settle()
    assert len(ledger.accounts) == 10 and "task-29" in ledger.accounts
    assert (ledger.counts.messages, ledger.counts.executions) == (30, 30)
    assert ledger.doubts == []


def test_a_late_fact_about_a_forgotten_message_is_a_doubt_not_a_new_message() -> None:
    ledger = Ledger(remembered=1)
    for n in range(3):
        told = Telling(id=f"task-{n}").received(n, "w1").started(n + 0.1, "w1").succeeded(n + 0.2, "w1", 0.1)
        for fact in told.facts:
            ledger.apply(fact)
        ledger.settle()
    ledger.apply(Telling(id="task-0").started(9, "w2").facts[0])
    ledger.settle()
    assert ledger.counts.messages == 3
    assert ledger.doubts == ["a message that was already forgotten was heard of again"]


def test_totals_that_did_not_change_change_nothing_to_be_seen() -> None:
    ledger = Ledger()
    ledger.apply(facts.Totals(at=ZERO, unacked=1))
    version = ledger.version
    ledger.apply(facts.Totals(at=ZERO + 1, unacked=1))
    assert ledger.version == version
    ledger.apply(facts.Totals(at=ZERO + 2, unacked=2))
    assert ledger.version > version


def test_a_message_redelivered_without_end_keeps_counting_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.watch.model.histories.MOST_FACTS", 10)
    told = Telling()
    for n in range(20):
        told.received(n * 5, "w1")
    for n in range(20):
        told.started(200 + n, "w1").succeeded(200.5 + n, "w1", 0.5)
    ledger = modelled(told.facts).ledger
    assert (ledger.counts.deliveries, ledger.counts.executions) == (10, 20)
    assert any("deliveries are kept" in doubt for doubt in ledger.doubts)

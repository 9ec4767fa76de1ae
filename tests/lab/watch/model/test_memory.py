"""The memory: which messages are let go of, and that nothing of them stays."""

from __future__ import annotations

import pytest

from lab.watch.model import memory
from lab.watch.model.accounts.account import Account, Attempt, Delivery, Execution
from lab.watch.model.doubts import SLACK, Doubts
from lab.watch.model.ledger import Ledger
from lab.watch.model.memory import Memory
from tests.lab.watch.telling import Telling


def settled(task_id: str) -> Account:
    run = Execution(task_id, 0, "w1", 1, started=1.0, ended=2.0, outcome="succeeded")
    return Account(task_id, [Attempt(task_id, 0, executions=[run])], [], frozenset())


def still_open(task_id: str) -> Account:
    return Account(task_id, [Attempt(task_id, 0, deliveries=[Delivery(1.0)])], [], frozenset())


def filled(remembered: int, messages: list[Account]) -> tuple[Memory, dict[str, Account], Doubts]:
    doubts = Doubts()
    kept = Memory(remembered, doubts)
    for account in messages:
        kept.add(account.id)
    return kept, {account.id: account for account in messages}, doubts


def test_the_oldest_settled_ones_go_and_open_ones_keep_their_place() -> None:
    told = [still_open("a"), settled("b"), settled("c"), settled("d")]
    kept, accounts, doubts = filled(2, told)
    assert kept.surplus(accounts, 1) == ["b", "c"]
    del accounts["b"], accounts["c"]
    accounts |= {"a": settled("a"), "e": settled("e")}
    kept.add("e")
    assert kept.surplus(accounts, 2) == ["a"]
    assert doubts.clauses() == []


def test_past_twice_the_number_open_ones_go_too_which_is_a_doubt() -> None:
    kept, accounts, doubts = filled(1, [still_open("a"), still_open("b"), still_open("c")])
    assert kept.surplus(accounts, 1) == ["a", "b"]
    assert doubts.clauses() == ["more messages were open at once than are remembered"]


def test_past_the_facts_that_are_kept_in_all_the_oldest_tenth_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_IN_ALL", 100)
    kept, accounts, _ = filled(1_000, [still_open(f"t{n}") for n in range(20)])
    kept.facts = 101
    assert kept.surplus(accounts, 1) == ["t0", "t1"]


def test_while_nothing_can_be_freed_it_is_not_looked_for_at_every_call() -> None:
    kept, accounts, _ = filled(8, [still_open(f"t{n}") for n in range(10)])
    assert kept.surplus(accounts, 1) == []
    accounts["t0"] = settled("t0")
    assert kept.surplus(accounts, 2) == []
    assert kept.surplus(accounts, 3) == ["t0"]


def test_only_so_many_are_known_as_forgotten_and_half_at_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "FORGOTTEN", 100)
    kept = Memory(1, Doubts())
    for n in range(300):
        kept.forget(f"t{n}", 0)
    assert kept.forgot("t299") and kept.forgot("t250") and not kept.forgot("t199")


def test_of_what_is_forgotten_nothing_stays() -> None:
    """Messages that ran, and others that wait for an ETA days ahead, all on one worker that goes on."""
    ledger = Ledger(remembered=10)
    for n in range(3_000):
        told = Telling(id=f"t{n}", tag=f"tag{n}", eta=200_000.0 + n if n % 2 else None)
        told.payload(n).popped(n).received(n + 0.1, "w1")
        if not n % 2:
            told.started(n + 0.2, "w1").succeeded(n + 0.3, "w1", 0.1).left(n + 0.4)
        for fact in told.facts:
            ledger.apply(fact)
            ledger.settle()
    assert len(ledger.accounts) <= 20
    assert sum(map(len, ledger._histories._dependents.values())) <= 20
    assert len(ledger._doubts._due) <= 2 * len(ledger.accounts) + SLACK

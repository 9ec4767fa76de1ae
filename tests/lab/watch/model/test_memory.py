"""The memory: which messages are let go of, and that it costs no more the longer it goes on."""

from __future__ import annotations

import time

import pytest

from lab.watch.model import memory
from lab.watch.model.accounts.account import Account, Attempt, Delivery, Execution
from lab.watch.model.doubts import Doubts
from lab.watch.model.memory import Memory


def settled(task_id: str) -> Account:
    run = Execution(task_id, 0, "w1", 1, started=1.0, ended=2.0)
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


def test_forgetting_costs_the_same_however_much_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FORGOTTEN", 100_000)
    kept = Memory(1, Doubts())
    costs = []
    for turn in range(3):
        begun = time.process_time()
        for n in range(100_000):
            kept.forget(f"t{turn * 100_000 + n}", 0)
        costs.append(time.process_time() - begun)
    assert kept.forgot("t299999") and kept.forgot("t200000") and not kept.forgot("t199999")
    # A dictionary whose first key is deleted again and again walks over the dead ones: 40 times slower.
    assert min(costs[1:]) < 10 * costs[0]

"""What is kept of a settled message: it is packed, and nobody can tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lab.watch.model.accounts.history import History
from lab.watch.model.accounts.settled import Settled, packed
from lab.watch.model.ledger import Ledger
from tests.lab.watch.telling import Telling, modelled


def ran_twice(task_id: str = "task-1") -> Telling:
    told = Telling(id=task_id, tag=f"tag-{task_id}", eta=28.0).sent(0).payload(0.1).popped(0.1)
    told.received(0.2, "w1").popped(5).received(5.1, "w2")
    return told.started(28, "w1").succeeded(28.1, "w1", 0.1).started(28.2, "w2").succeeded(28.3, "w2", 0.1)


def kept(ledger: Ledger, task_id: str = "task-1") -> History | Settled:
    return ledger._histories.all[task_id]


def test_it_unpacks_to_what_was_drawn_up() -> None:
    told = ran_twice()
    ledger = Ledger()
    for fact in told.facts:
        ledger.apply(fact)
    (drawn,) = ledger.settle()
    assert isinstance(kept(ledger), Settled)
    assert ledger.accounts["task-1"] == drawn
    settled = kept(ledger)
    assert isinstance(settled, Settled) and len(settled.unpacked[1]) == settled.size


def test_the_delivery_of_a_run_is_one_of_the_attempts() -> None:
    (attempt,) = modelled(ran_twice().facts).ledger.accounts["task-1"].attempts
    assert [run.delivery is copy for run, copy in zip(attempt.executions, attempt.deliveries, strict=True)]
    assert len(attempt.executions) == 2


@given(st.integers(0, 10))
def test_what_is_heard_of_it_later_counts_as_if_it_had_never_been_packed(n: int) -> None:
    """Its last fact comes after it was settled, or the others were settled one by one."""
    facts = ran_twice().left(28.4).facts
    at_once, apart = modelled(facts).ledger, Ledger()
    for fact in facts[:n]:
        apart.apply(fact)
        apart.settle()
    for fact in facts[n:]:
        apart.apply(fact)
    apart.settle()
    assert apart.accounts["task-1"].attempts == at_once.accounts["task-1"].attempts
    assert apart.counts == at_once.counts
    assert list(apart.duplicates) == list(at_once.duplicates)
    assert apart.balance == at_once.balance


def test_a_repeated_fact_of_it_changes_nothing() -> None:
    told = ran_twice()
    ledger = modelled(told.facts).ledger
    before = ledger.counts.as_dict()
    ledger.apply(told.facts[0])
    assert ledger.settle() == []
    assert isinstance(kept(ledger), Settled) and ledger.counts.as_dict() == before


def test_any_text_and_any_number_of_a_fact_can_be_packed() -> None:
    told = Telling(id="\N{BLACK CIRCLE}" * 200, eta=253_402_387_199.0).sent(0).received(0.1, "w\0rker")
    told.revoked(0.2, "w\0rker")
    (account,) = modelled(told.facts).ledger.accounts.values()
    assert packed(account, told.facts).account == account

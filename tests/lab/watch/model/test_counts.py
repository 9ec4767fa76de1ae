"""The counts: what a message adds can be taken back."""

from __future__ import annotations

from lab.watch.model.accounts.counts import NOTHING, Counts, counts_of
from tests.lab.watch.telling import modelled, redelivered


def test_what_was_added_can_be_taken_back() -> None:
    fields = list(Counts().as_dict())
    some = Counts(**{name: n for n, name in enumerate(fields, 1)})
    other = Counts(**{name: 100 * n for n, name in enumerate(fields, 1)})
    some.replace(NOTHING, other)
    assert some.as_dict() == {name: 101 * n for n, name in enumerate(fields, 1)}
    some.replace(other, NOTHING)
    assert some.as_dict() == {name: n for n, name in enumerate(fields, 1)}
    assert Counts() == NOTHING


def test_the_totals_are_what_the_messages_add_up_to() -> None:
    ledger = modelled(redelivered("w1 w2 w1").facts).ledger
    (account,) = ledger.accounts.values()
    assert counts_of(account) == ledger.counts

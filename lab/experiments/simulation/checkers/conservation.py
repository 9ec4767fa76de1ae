"""What was sent is what waits, is held, runs, ended, was lost or is unknown: as many as were published."""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model


def conservation(truth: Truth, model: Model) -> Iterator[str]:
    """The balance, and how many publications there were."""
    balance = model.ledger.balance
    parts = balance.waiting + balance.unacked + balance.running + balance.ended + balance.lost
    if balance.sent != parts + balance.unknown:
        yield f"{balance.sent} were sent by the books, and {parts + balance.unknown} are accounted for"
    if not model.ledger.doubts and balance.sent != len(truth.publications):
        yield f"{len(truth.publications)} were sent, and {balance.sent} stand in the books"

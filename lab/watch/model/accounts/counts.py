"""The counts: totals over every message seen, and each message's share in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from lab.watch.model.accounts.account import Account


@dataclass(slots=True)
class Counts:
    """Totals over every message seen. Retries are attempts after a message's first."""

    messages: int = 0
    retries: int = 0
    deliveries: int = 0
    redeliveries: int = 0
    requeues: int = 0
    executions: int = 0
    duplicates: int = 0
    recoveries: int = 0
    unclear: int = 0
    """Executions that may be duplicates or retries: too little was seen of them."""
    skipped: int = 0
    """Copies that a worker did not run because the task had succeeded before."""

    def add(self, differences: Iterable[int]) -> None:
        """Add to every count, in the order of the fields."""
        for name, difference in zip(COUNTED, differences, strict=True):
            setattr(self, name, getattr(self, name) + difference)

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTED}


COUNTED = tuple(each.name for each in fields(Counts))
DUPLICATES, RECOVERIES = COUNTED.index("duplicates"), COUNTED.index("recoveries")
NOTHING = (0,) * len(COUNTED)


def share(account: Account) -> tuple[int, ...]:
    """What one message adds to each of the counts, in the order of `Counts`."""
    retries = deliveries = redeliveries = requeues = executions = 0
    duplicates = recoveries = unclear = skipped = 0
    for attempt in account.attempts:
        retries += attempt.retries > 0
        deliveries += len(attempt.deliveries)
        executions += len(attempt.executions)
        for delivery in attempt.deliveries:
            redeliveries += delivery.cause == "redelivery"
            requeues += delivery.cause == "requeue"
            skipped += delivery.state == "skipped"
        for execution in attempt.executions:
            if execution.number > 1:
                duplicates += execution.verdict == "duplicate"
                recoveries += execution.verdict == "recovery"
                unclear += execution.verdict == "unclear"
    return (
        *(1, retries, deliveries, redeliveries, requeues),
        *(executions, duplicates, recoveries, unclear, skipped),
    )

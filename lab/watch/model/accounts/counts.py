"""The counts: totals over every message seen, and what one message adds to each of them.

They know one account at a time, and nothing of the ledger that keeps the totals.
"""

from __future__ import annotations

import msgspec

from lab.watch.model.accounts.account import Account


class Counts(msgspec.Struct, gc=False):
    """Totals over messages. Retries are attempts after a message's first."""

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
    stopped: int = 0
    """Copies that a lock stopped before they did anything."""
    discarded: int = 0
    """Copies that a worker threw away because it does not know the task."""

    def replace(self, before: Counts, now: Counts) -> None:
        """Count what `now` counts instead of what `before` did. Field by field: this is done for every
        message."""
        self.messages += now.messages - before.messages
        self.retries += now.retries - before.retries
        self.deliveries += now.deliveries - before.deliveries
        self.redeliveries += now.redeliveries - before.redeliveries
        self.requeues += now.requeues - before.requeues
        self.executions += now.executions - before.executions
        self.duplicates += now.duplicates - before.duplicates
        self.recoveries += now.recoveries - before.recoveries
        self.unclear += now.unclear - before.unclear
        self.skipped += now.skipped - before.skipped
        self.stopped += now.stopped - before.stopped
        self.discarded += now.discarded - before.discarded

    def as_dict(self) -> dict[str, int]:
        return msgspec.structs.asdict(self)


NOTHING = Counts()
"""What a message adds of which no account is drawn yet."""


def counts_of(account: Account) -> Counts:
    """What one message adds to the totals."""
    counts = Counts(messages=1)
    for attempt in account.attempts:
        if attempt.retries > 0:
            counts.retries += 1
        counts.deliveries += len(attempt.deliveries)
        counts.executions += len(attempt.executions)
        for delivery in attempt.deliveries:
            if delivery.cause == "redelivery":
                counts.redeliveries += 1
            elif delivery.cause == "requeue":
                counts.requeues += 1
            if delivery.state == "skipped":
                counts.skipped += 1
            elif delivery.state == "stopped":
                counts.stopped += 1
            elif delivery.state == "discarded":
                counts.discarded += 1
        for execution in attempt.executions:
            if execution.number == 1:
                continue
            if execution.verdict == "duplicate":
                counts.duplicates += 1
            elif execution.verdict == "recovery":
                counts.recoveries += 1
            elif execution.verdict == "unclear":
                counts.unclear += 1
    return counts

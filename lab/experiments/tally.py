"""The counts of a scenario: from the truth log, the ledger, and what is left on the broker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import redis

from lab.experiments.testbed import Testbed
from lab.watch.sources.layout import Layout

QUEUES = ("celery", "other")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the tasks that were sent. An execution is one run of the task's code."""

    sent: int = 0
    deliveries: int = 0
    executions: int = 0
    duplicates: int = 0
    recoveries: int = 0
    """Executions after a death had taken the one before."""
    lost: int = 0
    """Tasks that have not run to their end, and of which nothing is left anywhere."""
    stalled_s: float = 0.0
    """The longest time from when a task was due until the run began that ended well, or until now."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def count(testbed: Testbed) -> Counts:
    """The counts now."""
    truth, now = testbed.truth, testbed.now
    duplicates = truth.duplicates(testbed.deaths)
    attempts = {(run.id, run.retries) for run in truth.runs}
    ran: dict[str, float] = {}
    for run in truth.runs:
        if run.ended is not None:
            ran[run.id] = min(run.started, ran.get(run.id, run.started))
    busy = {run.id for run in testbed.running()}
    held = {attempt.id for attempt in testbed.model.ledger.attempts() if attempt.held}
    lost, stalled = 0, 0.0
    for sent in testbed.sent:
        if sent.id in ran:
            stalled = max(stalled, ran[sent.id] - _due(testbed, sent.id, sent.due))
        elif sent.id in testbed.left or sent.id in busy or sent.id in held:
            stalled = max(stalled, now - sent.due)
        else:
            lost += 1
    return Counts(
        sent=len(testbed.sent),
        deliveries=testbed.model.ledger.counts.deliveries,
        executions=len(truth.runs),
        duplicates=len(duplicates),
        recoveries=len(truth.runs) - len(attempts) - len(duplicates),
        lost=lost,
        stalled_s=round(max(0.0, stalled), 2),
    )


def _due(testbed: Testbed, task_id: str, due: float) -> float:
    """When its last attempt was due: a retry has an ETA of its own."""
    account = testbed.model.ledger.accounts.get(task_id)
    etas = [attempt.eta for attempt in account.attempts if attempt.eta] if account else []
    return max([due, *etas])


def left(client: redis.Redis, prefix: str) -> set[str]:
    """The ids of every message that waits in a queue or stands in `unacked`. Blocks; raises `RedisError`."""
    found: set[str] = set()
    for name in QUEUES:
        for key in Layout(prefix=prefix).queue_lists(name):
            found.update(_id(raw) for raw in client.lrange(key, 0, -1))
    for raw in client.hvals(f"{prefix}unacked"):
        found.add(_id(raw))
    return found


def _id(raw: bytes | str) -> str:
    message = msgspec.json.decode(raw)
    return str((message[0] if isinstance(message, list) else message)["headers"]["id"])

"""The counts that the proof compares: of some messages, by the ledger and by what tasks and workers wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.experiments.truth import TruthLog
from lab.watch.model.model import Model

RECEIVED = re.compile(r"Task \S+\[([0-9a-f-]{36})\] received")
"""What a worker logs of every delivery (`celery.worker.strategy`)."""


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """What happened to some messages, counted."""

    deliveries: int = 0
    executions: int = 0
    duplicates: int = 0
    recoveries: int = 0


def received(worker_logs: Iterable[Path]) -> Counter[str]:
    """How often each message was delivered, by task id, as the workers logged it."""
    counts: Counter[str] = Counter()
    for path in worker_logs:
        counts.update(RECEIVED.findall(path.read_text(errors="replace")))
    return counts


def counts_by_truth(truth: TruthLog, deliveries: Mapping[str, int], ids: Iterable[str]) -> MessageCounts:
    """What tasks and workers wrote of these messages; `deliveries` are those that workers logged."""
    wanted = set(ids)
    repeats = truth.repeats()
    return MessageCounts(
        deliveries=sum(deliveries.get(task_id, 0) for task_id in wanted),
        executions=sum(run.id in wanted for run in truth.runs),
        duplicates=sum(run.id in wanted for run in repeats.duplicates),
        recoveries=sum(run.id in wanted for run in repeats.recoveries),
    )


def counts_by_ledger(model: Model, ids: Iterable[str]) -> MessageCounts:
    """What the ledger counts of these messages."""
    deliveries = executions = duplicates = recoveries = 0
    for task_id in ids:
        account = model.ledger.accounts.get(task_id)
        for attempt in account.attempts if account else ():
            deliveries += len(attempt.deliveries)
            executions += len(attempt.executions)
            duplicates += sum(run.verdict == "duplicate" for run in attempt.executions)
            recoveries += sum(run.verdict == "recovery" for run in attempt.executions)
    return MessageCounts(deliveries, executions, duplicates, recoveries)

"""Every run of a task's code is one execution, and nothing else is, unless the counts are marked."""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model


def executions(truth: Truth, model: Model) -> Iterator[str]:
    """The number of executions of each message."""
    if model.ledger.doubts:
        return
    for task_id, publications in truth.by_message().items():
        true = sum(len(publication.runs) for publication in publications)
        account = model.ledger.accounts.get(task_id)
        told = sum(len(attempt.executions) for attempt in account.attempts) if account else 0
        if told != true:
            yield f"{task_id}: ran {true} times, and {told} executions are told"

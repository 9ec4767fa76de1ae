"""Duplicates are neither more nor fewer than there were, unless the run, or the counts, are marked.

Assumes that the plan lost no event in silence. Linear in runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model


def duplicates(truth: Truth, model: Model) -> Iterator[str]:
    """Of each message the true number lies between those that are certain, and those with all that may be."""
    if model.ledger.doubts:
        return
    for task_id, account in model.ledger.accounts.items():
        runs = [run for attempt in account.attempts for run in attempt.executions]
        sure = sum(run.verdict == "duplicate" and run.certain for run in runs)
        perhaps = sum(run.verdict == "unclear" or not run.certain for run in runs)
        true = truth.duplicates(task_id)
        if not sure <= true <= sure + perhaps:
            yield f"{task_id}: {true} duplicates, and {sure} are told as certain, {perhaps} as perhaps"

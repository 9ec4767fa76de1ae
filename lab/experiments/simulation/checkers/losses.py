"""No loss is shown as a run that did its work, and what did its work is not shown as lost."""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model

FINISHED = ("succeeded", "failed", "timed out", "rejected", "retried", "replaced")


def losses(truth: Truth, model: Model) -> Iterator[str]:
    """The fate of each message that was sent once, against its outcome."""
    if model.ledger.doubts:
        return
    for task_id, publications in truth.by_message().items():
        account = model.ledger.accounts.get(task_id)
        if account is None or len(publications) > 1 or len(account.attempts) > 1:
            continue
        fate, outcome = truth.fate(publications[0]), account.attempts[0].outcome
        if fate == "lost" and outcome in FINISHED:
            yield f"{task_id}: was lost, and is told as {outcome}"
        # A run that is ignored has no end that anybody could hear.
        heard = any(run.how not in ("lost", "dropped") for run in publications[0].runs)
        if fate == "done" and heard and outcome == "lost":
            yield f"{task_id}: did its work, and is told as lost"

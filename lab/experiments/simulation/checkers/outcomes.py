"""Every finished run has the outcome that it had, or an unknown one, unless the counts are marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model

UNHEARD = ("dropped", "replaced", "running", "unknown")
"""What has no event of its own is found out later, or never."""


def outcomes(truth: Truth, model: Model) -> Iterator[str]:
    """The outcomes of the runs of each message, whichever of its runs had which."""
    if model.ledger.doubts:
        return
    for task_id, publications in truth.by_message().items():
        account = model.ledger.accounts.get(task_id)
        if account is None:
            continue
        true = Counter(run.how for each in publications for run in each.runs)
        told: Counter[str] = Counter(
            run.outcome for attempt in account.attempts for run in attempt.executions
        )
        wrong = told - true
        # A run that is ignored, or replaces itself, has no end of its own: if its worker dies later, it died
        # with it as far as anybody knows.
        wrong["lost"] -= true["dropped"] + true["replaced"]
        if any(count > 0 and outcome not in UNHEARD for outcome, count in wrong.items()):
            yield f"{task_id}: its runs were {dict(true)}, and are told as {dict(told)}"

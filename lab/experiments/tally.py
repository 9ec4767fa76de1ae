"""The tally of a scenario: what became of its tasks, by the truth log, the ledger and the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.experiments.testbed import Testbed
from lab.experiments.truth import TrueRun
from lab.watch.outputs.plurals import plural


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the tasks that were sent. An execution is one run of the task's code."""

    sent: int = 0
    deliveries: int = 0
    executions: int = 0
    duplicate_runs: Sequence[TrueRun] = ()
    """In the order they began."""
    recoveries: int = 0
    """Executions after a death had taken the one before."""
    lost: int = 0
    """Tasks that have not run to their end, and of which nothing is left anywhere."""
    stalled_s: float = 0.0
    """The longest time from when a task was due until the run began that came to its end, or until now."""

    @property
    def duplicates(self) -> int:
        return len(self.duplicate_runs)

    @property
    def words(self) -> str:
        """The counts in one line."""
        words = [
            f"{self.sent:,} sent",
            plural(self.deliveries, "delivery", "deliveries"),
            plural(self.executions, "execution"),
            plural(self.duplicates, "duplicate"),
            f"{self.lost:,} lost",
            f"{self.stalled_s:.1f} s late at most",
        ]
        return ", ".join(words)

    def as_dict(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "deliveries": self.deliveries,
            "executions": self.executions,
            "duplicates": self.duplicates,
            "recoveries": self.recoveries,
            "lost": self.lost,
            "stalled_s": self.stalled_s,
        }


def count(testbed: Testbed) -> Tally:
    """The tally now."""
    truth, now = testbed.truth, testbed.now
    finished_runs: dict[str, float] = {}
    """By task id, when the first run began that came to its end."""
    for run in truth.runs:
        if run.finished:
            finished_runs[run.id] = min(run.started, finished_runs.get(run.id, run.started))
    somewhere = set(testbed.on_broker)
    somewhere.update(run.id for run in truth.running(now))
    somewhere.update(attempt.id for attempt in testbed.model.ledger.attempts() if attempt.held)
    lost, stalled = 0, 0.0
    for sent in testbed.sent:
        if sent.id in finished_runs:
            stalled = max(stalled, finished_runs[sent.id] - _due(testbed, sent.id, sent.due))
        elif sent.id in somewhere:
            stalled = max(stalled, now - sent.due)
        else:
            lost += 1
    repeats = truth.repeats()
    return Tally(
        sent=len(testbed.sent),
        deliveries=testbed.model.ledger.counts.deliveries,
        executions=len(truth.runs),
        duplicate_runs=repeats.duplicates,
        recoveries=len(repeats.recoveries),
        lost=lost,
        stalled_s=round(stalled, 2),
    )


def _due(testbed: Testbed, task_id: str, due: float) -> float:
    """When its last attempt was due: a retry has an ETA of its own."""
    account = testbed.model.ledger.accounts.get(task_id)
    etas = [attempt.eta for attempt in account.attempts if attempt.eta] if account else []
    return max([due, *etas])

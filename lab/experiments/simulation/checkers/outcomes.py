"""Outcomes: what the model says of how a run ended is how it ended, or that it does not know.

Runs are told apart by their worker, its pid and their start. Assumes that each start was heard. Cost: linear
in runs.
"""

from __future__ import annotations

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import ActualRun, RunOutcome, Truth
from lab.experiments.simulation.watching import Watched
from lab.watch.model.accounts.account import Execution

SAME = 0.05
"""Seconds by which a start that was told may differ from the true one."""

MEANT: dict[RunOutcome, frozenset[str]] = {
    "running": frozenset({"running"}),
    "succeeded": frozenset({"succeeded"}),
    "failed": frozenset({"failed"}),
    "timed out": frozenset({"timed out"}),
    "retried": frozenset({"retried"}),
    # Nothing says so but the next message's sending, where that is told.
    "replaced": frozenset({"replaced", "dropped", "running", "lost"}),
    # After an early acknowledgement `Reject` says that it failed, or nothing.
    "rejected": frozenset({"rejected", "failed", "dropped", "running", "lost"}),
    # A hard time limit that hands its message back is told as such, too [5.7].
    "requeued": frozenset({"requeued", "timed out"}),
    # `Ignore` says nothing: that a run is over shows in the worker's heartbeats, unless it goes before.
    "ignored": frozenset({"dropped", "running", "lost"}),
    "cancelled": frozenset({"cancelled", "lost", "running"}),
    "terminated": frozenset({"revoked", "lost", "cancelled"}),
    # A crash is not known at once; a lost child whose message is put back looks like `Reject(requeue=True)`.
    "lost": frozenset({"lost", "running", "requeued"}),
}
"""What the model may say of each; `unknown` it may say of all."""


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare the end of each run that the model has."""
    skews = {each.name: each.skew for each in truth.workers}
    starts: dict[tuple[str, str, int], list[ActualRun]] = {}
    for each in truth.runs:
        starts.setdefault((each.id, each.worker, each.pid), []).append(each)
    wrong: list[str] = []
    excused: list[str] = []
    doubtful = bool(watched.model.ledger.doubts or truth.doubtful)
    for attempt in watched.model.ledger.attempts():
        for said in attempt.executions:
            candidates = starts.get((said.id, said.worker, said.pid), [])
            started = said.started - skews.get(said.worker, 0.0)
            run = min(candidates, key=lambda each: abs(each.started - started), default=None)
            if run is None or abs(run.started - started) >= SAME:
                continue
            candidates.remove(run)
            _compare(run, said, excused if doubtful else wrong, excused)
    return judged("outcomes", wrong, excused)


def _compare(run: ActualRun, said: Execution, wrong: list[str], excused: list[str]) -> None:
    outcome: str = said.outcome
    if outcome in MEANT[run.outcome]:
        return
    sentence = f"a run of {run.id} (retries {run.retries}) on {run.worker} {run.outcome}, and the model says "
    sentence += outcome
    if outcome == "unknown" or not said.certain or not said.paired:
        excused.append(sentence)
    else:
        wrong.append(sentence)

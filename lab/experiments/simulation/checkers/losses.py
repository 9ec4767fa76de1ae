"""Losses: no run that was taken away, or never was, is shown as one that ended by itself.

Cost: linear in runs.
"""

from __future__ import annotations

from collections import Counter

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import FINAL, Truth
from lab.experiments.simulation.watching import Watched

ENDED = frozenset({"succeeded", "failed"})


def check(truth: Truth, watched: Watched) -> Judgement:
    """Of each message, as many runs at most are shown as ended as did end."""
    ended = Counter(run.id for run in truth.runs if run.outcome in FINAL)
    lost = Counter(run.id for run in truth.runs if run.outcome in ("lost", "cancelled", "terminated"))
    wrong: list[str] = []
    excused: list[str] = []
    for id, account in watched.model.ledger.accounts.items():
        runs = [run for attempt in account.attempts for run in attempt.executions]
        shown = [run for run in runs if run.outcome in ENDED]
        if len(shown) <= ended[id]:
            continue
        sentence = (
            f"{id}: {ended[id]} runs ended and {lost[id]} were lost; the model shows {len(shown)} ended"
        )
        (wrong if all(run.certain for run in runs) and not account.doubts else excused).append(sentence)
    return judged("losses", wrong, excused)

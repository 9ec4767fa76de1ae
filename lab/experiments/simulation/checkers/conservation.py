"""Conservation: what was sent is waiting, unacked, under way, ended or lost, once each; so says the model.

Cost: linear in publications.
"""

from __future__ import annotations

from collections import Counter

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched
from lab.watch.model.accounts.account import Attempt


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare the sums, where the model has no doubt."""
    fates = Counter(truth.fate(each) for each in truth.publications)
    wrong: list[str] = []
    if sum(fates.values()) != len(truth.publications):
        wrong.append(f"the truth itself does not add up: {dict(fates)}")
    said = said_of(watched)
    excused: list[str] = []
    stand = fates["unacked"]
    if said["unacked"] != stand:
        sentence = f"{stand} messages are unacked at the end, and the model says {said['unacked']}"
        (excused if watched.model.ledger.doubts else wrong).append(sentence)
    return judged("conservation", wrong, excused)


def said_of(watched: Watched) -> Counter[str]:
    """What the model says of its attempts. The place for `ledger.balance`, once there is one."""
    ledger = watched.model.ledger
    found = Counter(_state(attempt) for attempt in ledger.attempts() if ledger.entry(attempt) is None)
    found["unacked"] = len(ledger.entries)
    return found


def _state(attempt: Attempt) -> str:
    if any(run.outcome in ("succeeded", "failed", "retried") for run in attempt.executions):
        return "ended"
    if any(run.outcome == "running" for run in attempt.executions) or attempt.held:
        return "under way"
    if any(run.outcome == "lost" for run in attempt.executions):
        return "lost"
    return "waiting" if not attempt.deliveries else "unknown"

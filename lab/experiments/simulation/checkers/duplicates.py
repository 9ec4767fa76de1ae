"""Duplicates: neither more nor fewer than there were, unless the counts carry a doubt or the runs are marked.

Assumes that accounts were not forgotten. Cost: linear in runs, quadratic in the runs of one publication.
"""

from __future__ import annotations

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched
from lab.watch.model.accounts.account import Account


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare the duplicates of each message."""
    true = truth.duplicates()
    ledger = watched.model.ledger
    doubts = ledger.doubts
    wrong: list[str] = []
    excused: list[str] = []
    for id in {each.id: None for each in truth.publications} | dict.fromkeys(ledger.accounts):
        account = ledger.accounts.get(id)
        said = _said(account) if account else 0
        least, most = true.get(id, (0, 0))
        if least <= said <= most:
            continue
        sentence = f"{id} ran {least} times too often, and the model says {said}"
        if doubts or (account and _marked(account)):
            excused.append(f"{sentence}; it doubts: {'; '.join(doubts) or 'the verdict of a run'}")
        elif said < least and truth.doubtful:
            excused.append(f"{sentence}; events were lost without a trace")
        else:
            wrong.append(sentence)
    return judged("duplicates", wrong, excused)


def _said(account: Account) -> int:
    return sum(len(attempt.duplicates) for attempt in account.attempts)


def _marked(account: Account) -> bool:
    """Whether the model says of any run of it that it is not certain."""
    runs = [run for attempt in account.attempts for run in attempt.executions]
    return any(run.verdict == "unclear" or not run.certain for run in runs)

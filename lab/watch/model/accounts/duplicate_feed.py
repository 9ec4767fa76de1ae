"""The feed: duplicate executions and recoveries, as they came to light."""

from __future__ import annotations

from collections import deque

from lab.watch.model.accounts.account import Account, Execution
from lab.watch.model.accounts.history import History

MOST_DUPLICATES = 1_000
"""Duplicate executions and recoveries that the feed keeps; the counts keep all."""


class Feed:
    """The latest duplicate executions and recoveries, each once."""

    def __init__(self) -> None:
        self.executions: deque[Execution] = deque(maxlen=MOST_DUPLICATES)
        """The newest last."""

    def update(self, history: History, account: Account, *, anew: bool) -> None:
        """Bring the feed up to date: an execution drawn up `anew` takes the place of its former self.

        Linear in the runs of this message, and in the feed where it was drawn up anew.
        """
        fresh = {
            (run.retries, run.publication, run.number): run
            for attempt in account.attempts
            for run in attempt.executions
            if run.verdict in ("duplicate", "recovery")
        }
        if not anew and fresh.keys() == history.fed:
            return
        if history.fed and (anew or not history.fed <= fresh.keys()):
            kept: deque[Execution] = deque(maxlen=MOST_DUPLICATES)
            for run in self.executions:
                if run.id != account.id:
                    kept.append(run)
                elif (again := fresh.get((run.retries, run.publication, run.number))) is not None:
                    kept.append(again)
            self.executions = kept
        self.executions.extend(run for key, run in fresh.items() if key not in history.fed)
        history.fed = frozenset(fresh)

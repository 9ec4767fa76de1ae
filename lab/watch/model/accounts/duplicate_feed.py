"""The feed: duplicate executions and recoveries, as they came to light."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from lab.watch.model.accounts.account import Account, Execution

ExecutionKey = tuple[int, int, int]
"""Retries and publication of the attempt, and the number of the execution within it."""

MOST_DUPLICATES = 1_000
"""Duplicate executions and recoveries that the feed keeps; the counts keep all."""


class Feed:
    """The latest duplicate executions and recoveries, each once."""

    def __init__(self) -> None:
        self._runs: OrderedDict[tuple[str, ExecutionKey], Execution] = OrderedDict()
        """By task id and key, the newest last."""

    @property
    def executions(self) -> Collection[Execution]:
        """The newest last."""
        return self._runs.values()

    def update(self, account: Account, fed: frozenset[ExecutionKey]) -> frozenset[ExecutionKey]:
        """Bring the feed up to date with an account, of which these were `fed` so far; returns those that are
        now. An execution that was drawn up anew takes the place of its former self.

        Linear in the runs of this message.
        """
        fresh = _worth_telling(account)
        for key in fed - fresh.keys():
            self._runs.pop((account.id, key), None)
        for key, run in fresh.items():
            place = account.id, key
            if key not in fed or place in self._runs:
                self._runs[place] = run
        while len(self._runs) > MOST_DUPLICATES:
            self._runs.popitem(last=False)
        return fed if fresh.keys() == fed else frozenset(fresh)


def fed_of(account: Account) -> frozenset[ExecutionKey]:
    """What the feed was told of an account, as it is now."""
    return frozenset(_worth_telling(account))


def _worth_telling(account: Account) -> dict[ExecutionKey, Execution]:
    return {
        (run.retries, run.publication, run.number): run
        for attempt in account.attempts
        for run in attempt.executions
        if run.verdict in ("duplicate", "recovery")
    }

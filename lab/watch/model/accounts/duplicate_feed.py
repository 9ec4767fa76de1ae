"""The feed: duplicate executions and recoveries, as they came to light."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Reversible, Sequence

from lab.watch.model.accounts.account import Account, Execution

ExecutionKey = tuple[str, int, int, int]
"""Task id, retries and publication of the attempt, and the number of the execution within it."""

MOST_DUPLICATES = 1_000
"""Duplicate executions and recoveries that the feed keeps; the counts keep all."""

WORTH_TELLING = frozenset({"duplicate", "recovery"})
"""Verdicts of the runs that it tells of."""


class Feed:
    """The latest duplicate executions and recoveries, each once."""

    def __init__(self) -> None:
        self._runs: OrderedDict[ExecutionKey, Execution] = OrderedDict()
        """The newest last."""

    @property
    def executions(self) -> Reversible[Execution]:
        """The newest last."""
        return self._runs.values()

    def update(self, account: Account, fed: Sequence[ExecutionKey]) -> Sequence[ExecutionKey]:
        """Bring the feed up to date with an account, of which these were `fed` so far; returns those that are
        now. An execution that was drawn up anew takes the place of its former self.

        Linear in the runs of this message.
        """
        fresh = _worth_telling(account)
        if not fed:
            self._runs.update(fresh)
        else:
            for key in fed:
                if key not in fresh:
                    self._runs.pop(key, None)
            before = set(fed)
            for key, run in fresh.items():
                if key not in before or key in self._runs:
                    self._runs[key] = run
        while len(self._runs) > MOST_DUPLICATES:
            self._runs.popitem(last=False)
        return tuple(fresh)


def fed_of(account: Account) -> Sequence[ExecutionKey]:
    """What the feed was told of an account, as it is now."""
    return tuple(_worth_telling(account))


def _worth_telling(account: Account) -> dict[ExecutionKey, Execution]:
    return {
        (account.id, run.retries, run.publication, run.number): run
        for attempt in account.attempts
        for run in attempt.executions
        if run.verdict in WORTH_TELLING
    }

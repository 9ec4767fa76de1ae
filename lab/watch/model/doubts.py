"""The doubts: why the counts may be incomplete.

They are said by whoever finds them. What is found here is only one kind: copies that were due and not seen to
run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from math import inf

from lab.watch.facts import DataLost, Gap
from lab.watch.model.accounts.account import Account, Attempt

LATE = 10.0
"""Seconds after its ETA when a copy that was not seen to run is a doubt: its events may have been lost."""


SLACK = 1_000
"""Messages that are looked at again, beside twice those that are remembered."""


class Doubts:
    """Every doubt about the counts: of gaps, of accounts, of late copies, and what was said once for all."""

    def __init__(self) -> None:
        self._gaps: Counter[tuple[str, str]] = Counter()
        self._losses: Counter[str] = Counter()
        """Why the broker's data were lost, to how many messages that were held are gone with them."""
        self._said: dict[str, None] = {}
        self._of_accounts: Counter[str] = Counter()
        self._due: list[tuple[float, str]] = []
        """A heap of when a message is looked at again, Unix seconds, and its task id."""
        self._expected: dict[str, float] = {}
        self._late: set[str] = set()

    def clauses(self) -> list[str]:
        """One clause for each doubt; empty means that nothing speaks against the counts."""
        clauses = []
        for (source, why), lost in self._gaps.items():
            gone = f", {_count(lost, 'fact was', 'facts were')} lost" if lost else ""
            clauses.append(f"{source}: {why}{gone}")
        for why, count in self._losses.items():
            held = f", with {_count(count, 'message that was', 'messages that were')} held" if count else ""
            clauses.append(f"data lost: {why}{held}")
        clauses += self._said
        clauses += [doubt for doubt, accounts in self._of_accounts.items() if accounts > 0]
        if self._late:
            clauses.append("a copy was due and was not seen to run")
        return clauses

    def gap(self, fact: Gap) -> None:
        """A source was deaf for a while, or facts did not fit."""
        self._gaps[fact.source, fact.why] += fact.count

    def lost(self, fact: DataLost) -> None:
        """What the broker held is gone."""
        self._losses[fact.why] += fact.count

    def say(self, why: str) -> None:
        """A doubt that nothing takes back."""
        self._said[why] = None

    def replace(self, before: Iterable[str], now: Iterable[str]) -> None:
        """An account drawn up anew has other doubts than before."""
        self._of_accounts.subtract(before)
        self._of_accounts.update(now)

    def expect(self, account: Account) -> None:
        """Look at a message again when it is well past its ETA, or its acknowledgement, and copies of it
        were still not seen to run."""
        if account.id in self._late:
            if not _waits(account):
                self._late.discard(account.id)
            return
        due = max((due for attempt in account.attempts if (due := _due(attempt)) is not None), default=None)
        if due is not None and self._expected.get(account.id) != due:
            self._expected[account.id] = due
            heappush(self._due, (due + LATE, account.id))
            if len(self._due) > 2 * len(self._expected) + SLACK:
                # Most are of messages that were forgotten, or have another ETA by now.
                self._due = [(due + LATE, task_id) for task_id, due in self._expected.items()]
                heapify(self._due)

    def look(self, accounts: Mapping[str, Account], now: float) -> None:
        """Find the copies that are late at `now`, Unix seconds on the observer's clock."""
        while self._due and self._due[0][0] < now:
            _, task_id = heappop(self._due)
            account = accounts.get(task_id)
            if account and _waits(account, now):
                self._late.add(task_id)

    def forget(self, task_id: str) -> None:
        """Its message is forgotten; doubts that its account had stay."""
        self._expected.pop(task_id, None)
        self._late.discard(task_id)


def _waits(account: Account, now: float = inf) -> bool:
    """Whether copies are held, as far as was seen, of what was due by `now`, or was acknowledged."""
    return any(
        attempt.held and (due := _due(attempt)) is not None and due + LATE <= now
        for attempt in account.attempts
    )


def _due(attempt: Attempt) -> float | None:
    """When its copies are to have run; None where nothing tells."""
    return attempt.eta or attempt.left


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"

"""The history of one message: every fact about it, in time order, and what was made of them so far."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from operator import attrgetter

from lab.watch.facts import MessageFact, Nowhere, TaskFact
from lab.watch.model.accounts.account import WAITING, Account, Owner
from lab.watch.model.accounts.counts import NOTHING, Counts
from lab.watch.model.accounts.duplicate_feed import ExecutionKey
from lab.watch.model.accounts.projection import Projection
from lab.watch.model.lives import Lives
from lab.watch.model.sight import Sight

FactKey = tuple[int, str, int]
"""Rank, sender and its logical clock: what orders facts of one time, and tells one from its repetition."""

LONG = 500
"""Facts of one message from which on its projection is kept, for each further one."""

NOTHING_DRAWN = Account("", [], [], frozenset())
"""What is known of a message of which no account is drawn yet."""


@dataclass(slots=True)
class History:
    """All facts about one message, in time order, a repeated one once; and what was made of them so far."""

    id: str
    """The task id of the message."""
    facts: list[MessageFact] = field(default_factory=list)
    latest: float = -inf
    """The time of the last one."""
    projection: Projection | None = None
    projected: int = 0
    """How many facts, from the first, are in the projection."""
    counts: Counts = field(default_factory=lambda: NOTHING)
    """What it adds to the totals so far."""
    doubts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Where its attempts stand in the books, as it was drawn up last."""
    account: Account = NOTHING_DRAWN
    """What was drawn up last."""
    fed: Sequence[ExecutionKey] = ()
    """Which executions of it stand in the feed."""

    @property
    def settled(self) -> bool:
        """Whether nothing of it is waiting or running, as it was drawn up last."""
        return self.account.settled

    @property
    def depends(self) -> frozenset[str]:
        """The workers whose ending would change its account."""
        return self.account.depends

    @property
    def running(self) -> frozenset[str]:
        """The workers that run it now."""
        return self.account.running

    @property
    def tags(self) -> tuple[str, ...]:
        """The delivery tags of its attempts."""
        return self.account.tags

    @property
    def size(self) -> int:
        """How many facts are kept of it."""
        return len(self.facts)

    def draw(self, lives: Lives, sight: Sight, hidden: float | None, tags: Mapping[str, Owner]) -> Account:
        """The account of all facts: the projection goes on where they came in order, else it begins anew.

        `hidden` and `tags` are as a projection wants them.
        """
        projection = self.projection
        if projection is None or projection.final:
            projection = Projection(self.id, lives, sight, hidden, tags)
            self.projected = 0
        elif projection.hidden != hidden:
            projection.hide_for(hidden)
        account = self.account = projection.of(self.facts[self.projected :])
        self.projected = len(self.facts)
        # One that has all that is expected of it will hardly be projected again: do not keep its tools,
        # unless it is long, which is dear to begin anew.
        self.places = account.places
        settled = WAITING.isdisjoint(self.places) and account.idle
        self.projection = None if settled and len(self.facts) < LONG else projection
        return account

    def insert(self, fact: MessageFact) -> bool:
        """Put a fact where it belongs that is not later than all; False if it is known."""
        key, facts = _key(fact), self.facts
        i = bisect_left(facts, fact.at, key=_at)
        while i < len(facts) and facts[i].at == fact.at and (other := _key(facts[i])) <= key:
            if other == key:
                return False
            i += 1
        facts.insert(i, fact)
        if i < self.projected:
            self.projection = None
        return True


_at = attrgetter("at")


def _key(fact: MessageFact) -> FactKey:
    if isinstance(fact, TaskFact):
        return fact.rank, fact.worker, fact.clock
    return fact.rank, "" if isinstance(fact, Nowhere) else fact.tag, 0

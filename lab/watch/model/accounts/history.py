"""The history of one message: every fact about it, in time order, and what was made of them so far."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from lab.watch.facts import Fact
from lab.watch.model.accounts.counts import NOTHING
from lab.watch.model.accounts.projection import Projection

FactKey = tuple[float, int, str, int]
"""Time, rank, sender and its logical clock: what orders facts, and tells one from its repetition."""

Run = tuple[int, int]


@dataclass(slots=True)
class History:
    """All facts about one message, in time order, a repeated one once; and what was made of them so far."""

    keys: list[FactKey] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    projection: Projection | None = None
    projected: int = 0
    """How many facts, from the first, are in the projection."""
    share: tuple[int, ...] = NOTHING
    doubts: list[str] = field(default_factory=list)
    fed: frozenset[Run] = frozenset()
    """Which executions of it, by retries and number, stand in the feed."""

    def add(self, key: FactKey, fact: Fact) -> bool:
        keys = self.keys
        if not keys or key > keys[-1]:
            keys.append(key)
            self.facts.append(fact)
            return True
        i = bisect_left(keys, key)
        if i < len(keys) and keys[i] == key:
            return False
        keys.insert(i, key)
        self.facts.insert(i, fact)
        if i < self.projected:
            self.projection = None
        return True

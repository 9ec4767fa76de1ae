"""The entries of `unacked` that stand, and whose each delivery tag is.

They know nothing of accounts: which message a fact of the index belongs to is told, not what it means there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeAlias

from lab.watch.facts import Aged, Left, Payload, Popped
from lab.watch.model.accounts.account import Owner

EntryFact: TypeAlias = Popped | Left | Aged

GONE = 10_000
"""Entries that left and are known as such, so that a late word of them does not bring them back."""

OWNERLESS, OWNERLESS_FACTS = 10_000, 20
"""Tags of which the payload was not read and the facts are kept all the same, and how many of each."""


@dataclass(slots=True)
class Entry:
    """One entry of `unacked`: popped at `score` by a worker that has not acknowledged it."""

    tag: str
    score: float
    seen: float = 0.0
    """When its score was read, on the observer's clock: what orders its pops, since each has its own worker's
    clock."""
    pops: int = 1
    message: str | None = None
    """Its task id; None where its payload was not read."""
    retries: int = 0


class Entries:
    """Every entry that stands, as far as the reader follows them, and the owners of their tags."""

    def __init__(self) -> None:
        self.standing: OrderedDict[str, Entry] = OrderedDict()
        """By delivery tag, in the order of their scores: the oldest is redelivered next."""
        self.owners: dict[str, Owner] = {}
        self._gone: OrderedDict[str, float] = OrderedDict()
        self._ownerless: OrderedDict[str, list[EntryFact]] = OrderedDict()

    def pop(self, fact: Popped) -> None:
        """A worker popped it: it stands, with this score."""
        entry = self.standing.get(fact.tag)
        if entry is None:
            if fact.seen <= self._gone.get(fact.tag, -1.0):
                return
            entry = self.standing[fact.tag] = Entry(fact.tag, fact.at, fact.seen)
            owner = self.owners.get(fact.tag)
            if owner:
                entry.message, entry.retries = owner
        elif _later(fact, entry):
            # By a clock that lags it is among the oldest.
            self.standing.move_to_end(fact.tag, last=fact.at > entry.score)
            entry.score, entry.seen = fact.at, fact.seen
            entry.pops += 1

    def age(self, fact: Aged) -> None:
        """Its score was set back: it stands among the oldest."""
        if entry := self.standing.get(fact.tag):
            entry.score = fact.score
            self.standing.move_to_end(fact.tag, last=False)

    def remove(self, tag: str, seen: float) -> None:
        """It was seen then to stand no longer, or is not followed any more."""
        self.standing.pop(tag, None)
        self._gone[tag] = seen
        self._gone.move_to_end(tag)
        if len(self._gone) > GONE:
            self._gone.popitem(last=False)

    def name(self, fact: Payload, *, forgotten: bool) -> list[EntryFact]:
        """A payload names the message of its tag. Returns the facts that waited for that.

        Of a message that was `forgotten` the tag stays without an owner.
        """
        entry = self.standing.get(fact.tag)
        if entry:
            entry.message, entry.retries = fact.id, fact.retries
        if forgotten:
            return []
        self.owners[fact.tag] = fact.id, fact.retries
        return self._ownerless.pop(fact.tag, [])

    def owner(self, fact: EntryFact) -> Owner | None:
        """Whose this fact is. Where that is not known it waits for the payload, which may never be read:
        then events, if any, tell of the message."""
        owner = self.owners.get(fact.tag)
        if owner is None:
            waiting = self._ownerless.setdefault(fact.tag, [])
            if len(waiting) < OWNERLESS_FACTS:
                waiting.append(fact)
            if len(self._ownerless) > OWNERLESS:
                self._ownerless.popitem(last=False)
        return owner

    def popped_again(self, fact: Popped) -> float | None:
        """How many seconds before this pop its entry was popped the last time; None where it is the first, an
        earlier one that came late, or one whose clock lags so that nobody can say."""
        entry = self.standing.get(fact.tag)
        later = entry is not None and fact.at > entry.score and _later(fact, entry)
        return fact.at - entry.score if entry and later else None

    def forget(self, tag: str) -> None:
        """Its message is forgotten, and with it whose the tag was."""
        self.owners.pop(tag, None)


def _later(fact: Popped, entry: Entry) -> bool:
    """Whether this is a pop after the one that is known."""
    return fact.at != entry.score and (fact.seen, fact.at) > (entry.seen, entry.score)

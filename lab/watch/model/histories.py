"""The histories of all messages that are remembered, and which of them are to be drawn up anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lab.watch.facts import Aged, Left, MessageFact, Popped, Received
from lab.watch.model.accounts.account import Account
from lab.watch.model.accounts.counts import counts_of
from lab.watch.model.accounts.duplicate_feed import fed_of
from lab.watch.model.accounts.history import History
from lab.watch.model.accounts.settled import Settled, packed
from lab.watch.model.doubts import Doubts
from lab.watch.model.memory import Memory

MOST_FACTS = 2_000
"""Facts kept of one message: one that is redelivered without end must not fill the memory."""


class Histories:
    """The history of each message, by task id. What cannot be kept is a doubt."""

    def __init__(self, memory: Memory, doubts: Doubts) -> None:
        self.all: dict[str, History | Settled] = {}
        self.changed: dict[str, History] = {}
        """Those of which the account is not up to date, in the order in which that came to be."""
        self._memory = memory
        self._doubts = doubts
        self._dependents: defaultdict[str, set[str]] = defaultdict(set)
        self._running: defaultdict[str, set[str]] = defaultdict(set)
        self._repeated: set[str] = set()
        """Messages that were delivered more than once."""

    def note(self, task_id: str, fact: MessageFact) -> None:
        """Keep one fact about a message."""
        history = self.changed.get(task_id) or self._opened(task_id)
        if history is None:
            self._doubts.say("a message that was already forgotten was heard of again")
            return
        facts = history.facts
        if len(facts) >= MOST_FACTS and isinstance(fact, Received | Popped | Left | Aged):
            # Runs are always counted: they are what matters in the end.
            self._doubts.say(f"only some {MOST_FACTS:,} facts of deliveries are kept of each message")
            return
        if fact.at > history.latest:
            # Nearly all are told in the order of time.
            history.latest = fact.at
            facts.append(fact)
        elif not history.insert(fact):
            return
        self._memory.facts += 1
        self.changed[task_id] = history

    def keep(self, history: History) -> None:
        """Keep a message of which the account was drawn up; one that is settled is packed."""
        account = history.account
        if account.id not in self.all:
            self._memory.add(account.id)
        if history.counts.deliveries > 1:
            self._repeated.add(account.id)
        self.all[account.id] = packed(account, history.facts) if history.projection is None else history

    def depend(self, before: Account, account: Account) -> None:
        """Remember whose ending would change this account, and no longer whose would have."""
        # Most often they are the same object.
        if account.depends is not before.depends:
            _move(self._dependents, account.id, before.depends, account.depends)
        if account.running is not before.running:
            _move(self._running, account.id, before.running, account.running)

    def redraw_dependents(self, worker: str) -> None:
        """What is known of this worker's life changed: draw up anew what depends on it."""
        self._redraw(tuple(self._dependents.get(worker, ())))

    def redraw_running(self, worker: str) -> None:
        """This worker says that nothing runs there: draw up anew what was thought to."""
        self._redraw(tuple(self._running.get(worker, ())))

    def redraw_repeated(self) -> None:
        """A sweep may come sooner than was thought: draw up anew what was delivered more than once. The
        others hear of it when they are."""
        self._redraw(tuple(self._repeated))

    def _redraw(self, task_ids: Iterable[str]) -> None:
        for task_id in task_ids:
            history = self.changed.get(task_id) or self._opened(task_id)
            if history:
                history.projection = None
                self.changed[task_id] = history

    def _opened(self, task_id: str) -> History | None:
        """The history of a message: a new one, or one that was packed; None if it was forgotten."""
        kept = self.all.get(task_id)
        if isinstance(kept, Settled):
            return _reopened(kept)
        if kept is None:
            return None if self._memory.forgot(task_id) else History(task_id)
        return kept

    def forget(self, task_id: str) -> tuple[str, ...]:
        """Let go of one message; returns the delivery tags of its attempts."""
        kept = self.all.pop(task_id)
        self._memory.forget(task_id, kept.size)
        self._repeated.discard(task_id)
        _release(self._dependents, task_id, kept.depends)
        _release(self._running, task_id, kept.running)
        return kept.tags


def _reopened(settled: Settled) -> History:
    """The history of a settled message, of which another fact came."""
    account, facts = settled.unpacked
    return History(
        account.id,
        facts,
        facts[-1].at,
        projected=len(facts),
        counts=counts_of(account),
        doubts=tuple(account.doubts),
        places=account.places,
        account=account,
        fed=fed_of(account),
    )


def _move(
    among: defaultdict[str, set[str]], task_id: str, before: frozenset[str], now: frozenset[str]
) -> None:
    for worker in now - before:
        among[worker].add(task_id)
    if not before <= now:
        _release(among, task_id, before - now)


def _release(among: dict[str, set[str]], task_id: str, workers: Iterable[str]) -> None:
    for worker in workers:
        if ids := among.get(worker):
            ids.discard(task_id)
            if not ids:
                del among[worker]

"""The histories of all messages that are remembered, and which of them are to be drawn up anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lab.watch.facts import Aged, Left, Popped, Received
from lab.watch.model.accounts.account import Account
from lab.watch.model.accounts.history import History, MessageFact
from lab.watch.model.doubts import Doubts
from lab.watch.model.memory import Memory

MOST_FACTS = 2_000
"""Facts kept of one message: one that is redelivered without end must not fill the memory."""


class Histories:
    """The history of each message, by task id. What cannot be kept is a doubt."""

    def __init__(self, memory: Memory, doubts: Doubts) -> None:
        self.all: dict[str, History] = {}
        self.changed: dict[str, History] = {}
        """Those of which the account is not up to date, in the order in which that came to be."""
        self._memory = memory
        self._doubts = doubts
        self._dependents: defaultdict[str, set[str]] = defaultdict(set)
        self._running: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, task_id: str, fact: MessageFact) -> None:
        """Keep one fact about a message."""
        history = self.all.get(task_id)
        if history is None:
            if self._memory.forgot(task_id):
                self._doubts.say("a message that was already forgotten was heard of again")
                return
            history = self.all[task_id] = History()
        if len(history.facts) >= MOST_FACTS and isinstance(fact, Received | Popped | Left | Aged):
            # Runs are always counted: they are what matters in the end.
            self._doubts.say(f"only some {MOST_FACTS:,} facts of deliveries are kept of each message")
            return
        if history.add(fact):
            self._memory.facts += 1
            self.changed[task_id] = history

    def depend(self, history: History, account: Account) -> None:
        """Remember whose ending would change this account, and no longer whose would have."""
        if account.depends != history.depends:
            for worker in account.depends:
                self._dependents[worker].add(account.id)
            _release(self._dependents, account.id, history.depends - account.depends)
        history.depends = account.depends
        if account.running or history.running:
            for worker in account.running:
                self._running[worker].add(account.id)
            _release(self._running, account.id, history.running - account.running)
            history.running = account.running

    def redraw_dependents(self, worker: str) -> None:
        """What is known of this worker's life changed: draw up anew what depends on it."""
        self._redraw(tuple(self._dependents.get(worker, ())))

    def redraw_running(self, worker: str) -> None:
        """This worker says that nothing runs there: draw up anew what was thought to."""
        self._redraw(tuple(self._running.get(worker, ())))

    def redraw_all(self) -> None:
        """Draw up everything anew. Linear in the messages that are remembered."""
        self._redraw(self.all)

    def _redraw(self, task_ids: Iterable[str]) -> None:
        for task_id in task_ids:
            history = self.all.get(task_id)
            if history:
                history.projection = None
                self.changed[task_id] = history

    def forget(self, account: Account) -> None:
        """Let go of one message."""
        history = self.all.pop(account.id)
        self._memory.forget(account.id, len(history.facts))
        _release(self._dependents, account.id, history.depends)
        _release(self._running, account.id, history.running)


def _release(among: dict[str, set[str]], task_id: str, workers: Iterable[str]) -> None:
    for worker in workers:
        if ids := among.get(worker):
            ids.discard(task_id)
            if not ids:
                del among[worker]

"""The whereabouts: which messages should wait in a queue, as far as is known, and what all of them add up to.

A message is sent, waits, is held, and ends. Where the books say that it waits, and others that were sent
after it are taken, or the queues hold fewer than should wait, it is to be looked for by name: it may have
been lost between a queue and a worker. It knows accounts, and no facts.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from lab.watch.model.accounts.account import Account

PATIENCE = 5.0
"""Seconds that a message may be on its way until it is looked for."""

AGAIN = 15.0
"""Seconds until one is looked for again that was found, or of which nothing was said."""

MOST = 100
"""Messages that are looked for at once."""

KEPT = 50_000
"""Messages that wait and are remembered; the oldest give way."""

QUEUES = 1_000
"""Queues of which is known what was taken last; the first ones give way."""

FAR = 1_000
"""Messages, the oldest, that are gone through for those to look for."""

NAMED = 20
"""Lost messages that are named, the latest."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of every publication that was heard of: `sent` is the sum of the others."""

    sent: int = 0
    waiting: int = 0
    """In their queue, as far as is known."""
    unacked: int = 0
    """Held by a worker that has not begun with them, or to be redelivered."""
    running: int = 0
    ended: int = 0
    lost: int = 0
    unknown: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing is under way any more."""
        return not (self.waiting or self.unacked or self.running)


UNDER_WAY = frozenset({"waiting", "unacked", "running", "lost", "unknown"})
"""Places that have a column of their own; every other one is an end."""


class Whereabouts:
    """Where every publication is, by the books. Costs are those of what changed."""

    def __init__(self) -> None:
        self.places: Counter[str] = Counter()
        self.lost: OrderedDict[str, None] = OrderedDict()
        """Task ids of which a publication was lost, the latest last."""
        self._waiting: OrderedDict[str, tuple[float, str]] = OrderedDict()
        """Task id to when it is looked for, Unix seconds, and its queue."""
        self._taken: OrderedDict[str, float] = OrderedDict()
        """Queue to when the latest message was sent that was taken from it."""

    @property
    def balance(self) -> Balance:
        places = self.places
        ended = sum(count for place, count in places.items() if place not in UNDER_WAY)
        own = {place: places[place] for place in UNDER_WAY}
        return Balance(sent=places.total(), ended=ended, **own)

    def update(self, account: Account, before: tuple[str, ...], places: tuple[str, ...]) -> None:
        """Book the `places` of an account, of which those `before` were booked."""
        if places != before:
            for place in before:
                self.places[place] -= 1
            for place in places:
                self.places[place] += 1
            if "lost" in places:
                self.lost[account.id] = None
                while len(self.lost) > NAMED:
                    self.lost.popitem(last=False)
            elif "lost" in before:
                self.lost.pop(account.id, None)
        waits = account.attempts[places.index("waiting")] if "waiting" in places else None
        # Only who sent it names its queue: `unacked` keeps a routing key, which may be no queue's name.
        if waits is not None and waits.queue and waits.sent is not None:
            since = waits.left or waits.sent
            if account.id not in self._waiting:
                self._waiting[account.id] = since + PATIENCE, waits.queue
                if len(self._waiting) > KEPT:
                    self._waiting.popitem(last=False)
        elif self._waiting.pop(account.id, None) is not None:
            taken = account.attempts[-1]
            if taken.sent is not None and taken.sent > self._taken.get(taken.queue, 0.0):
                self._taken[taken.queue] = taken.sent
                if len(self._taken) > QUEUES:
                    self._taken.popitem(last=False)

    def missing(self, now: float, queued: int) -> list[tuple[str, str]]:
        """Messages to look for by name, as task id and queue: those that should wait, where `queued` are in
        all queues together, fewer than should, or where later ones were taken from the same queue."""
        few = queued < len(self._waiting)
        wanted: list[tuple[str, str]] = []
        for n, (task_id, (due, queue)) in enumerate(self._waiting.items()):
            if n >= FAR or len(wanted) >= MOST:
                break
            if due <= now and (few or self._taken.get(queue, 0.0) > due - PATIENCE):
                wanted.append((task_id, queue))
        for task_id, queue in wanted:
            self._waiting[task_id] = now + AGAIN, queue
        return wanted

    def forget(self, task_id: str) -> None:
        """Its message is forgotten; what is booked of it stays."""
        self._waiting.pop(task_id, None)

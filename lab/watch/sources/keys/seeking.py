"""Which messages are looked for by their id, and the fact that one is nowhere.

It knows no accounts: whoever asks says for which messages, and hears only of those that stand nowhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import redis

from lab.watch.broker.layout import Layout
from lab.watch.facts import AnyFact, Nowhere
from lab.watch.sources.access import AGAIN, Access
from lab.watch.sources.decoding import LONGEST
from lab.watch.sources.keys.look import Look, TooMany

WAITING = 1_000
"""Messages that wait to be looked for; more are refused, and can be asked for again."""

AT_ONCE = 200
"""Messages that are looked for at once, all of one queue."""

APART = 1.0
"""Seconds between two looks. A message on its way from a queue into `unacked`, or back, may be missed by one
of them; it is only on its way for some milliseconds."""

MISSING = "whether a message of which nothing is heard still waits in its queue"


class Seeking:
    """Looks twice for each message, and tells which of them both looks found nowhere."""

    def __init__(self, layout: Layout, access: Access, emit: Callable[[AnyFact], None]) -> None:
        self.layout = layout
        self.access = access
        self.emit = emit
        self._lock = threading.Lock()
        self._waiting: dict[str, str] = {}
        """Task id to the queue that it was sent to, the longest waiting first."""
        self._under: frozenset[str] = frozenset()
        """Task ids of the look that is under way."""
        self._look: Look | None = None
        self._second = False
        self._begun = self._due = 0.0

    def seek(self, messages: Iterable[tuple[str, str]]) -> None:
        """Look for these soon, each by its task id in the queue that it was sent to. From any thread."""
        with self._lock:
            for task_id, queue in messages:
                # A text that was cut off names nothing.
                named = 0 < len(task_id) < LONGEST and 0 < len(queue) < LONGEST
                if named and task_id not in self._under and len(self._waiting) < WAITING:
                    self._waiting.setdefault(task_id, queue)

    def begin_anew(self) -> None:
        """A new connection, perhaps to another server: a look that was under way tells nothing."""
        again = [(task_id, self._look.queue) for task_id in self._look.missing] if self._look else []
        self._end(0.0)
        self.seek(again)

    def read(self, client: redis.Redis, now: float) -> None:
        """Go on with the look that is under way, or begin one: a page a reading."""
        if now < self._due:
            return
        look = self._look = self._look or self._first(now)
        if look is None:
            return
        try:
            look.step(client)
        except TooMany as error:
            self.access.say(MISSING, str(error), now)
            self._give_up(look.queue, now)
        except redis.ResponseError as error:
            self.access.granted(MISSING, now, error)
            self._give_up(look.queue, now)
        else:
            if look.over:
                self._looked(look, now)

    def _first(self, now: float) -> Look | None:
        """A first look for those that wait longest and were sent to one queue."""
        self._begun, self._second = now, False
        with self._lock:
            if not self._waiting:
                return None
            queue = next(iter(self._waiting.values()))
            ids = [task_id for task_id, its in self._waiting.items() if its == queue][:AT_ONCE]
            for task_id in ids:
                del self._waiting[task_id]
            self._under = frozenset(ids)
        return Look(queue, ids, self.layout)

    def _looked(self, look: Look, now: float) -> None:
        """One look is over; what it did not find is looked for again, and is then nowhere."""
        if look.missing and not self._second:
            self._look, self._second = Look(look.queue, look.missing, self.layout), True
            self._due = now + APART
            return
        self.access.say(MISSING, "", now)
        for task_id in look.missing:
            self.emit(Nowhere(at=now, seen=now, id=task_id))
        # Half of the time at most goes into looking.
        self._end(now + (now - self._begun))

    def _give_up(self, queue: str, now: float) -> None:
        """Nothing can be found out of this queue for now."""
        with self._lock:
            for task_id in [task_id for task_id, its in self._waiting.items() if its == queue]:
                del self._waiting[task_id]
        self._end(now + AGAIN)

    def _end(self, due: float) -> None:
        with self._lock:
            self._under = frozenset()
        self._look, self._due = None, due

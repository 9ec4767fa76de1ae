"""The observer: sources in, facts applied, the model out."""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from lab.watch.broker.connection import Address
from lab.watch.broker.layout import Layout
from lab.watch.facts import TASK_FACTS, AnyFact, Gap, Online, Unreadable
from lab.watch.model.accounts.account import Account
from lab.watch.model.model import Model
from lab.watch.sources.clients.clients import Clients
from lab.watch.sources.events import Events
from lab.watch.sources.inspection.inspection import Inspection
from lab.watch.sources.keys.keys import Keys
from lab.watch.sources.source import Source

ROOM = 50_000
"""Facts that may wait to be applied. More events of tasks are dropped, and counted as a gap."""

CEILING = 4
"""Times that room, which nothing goes beyond: heartbeats could be invented without end as well."""

EXPENDABLE = TASK_FACTS | {Unreadable}
"""What a flood consists of. A single lost fact of keys or of workers would be wrong for good: an entry that
never leaves, a worker that never comes online."""

SEEK_EVERY = 1.0
"""Seconds between two questions to the model which messages to look for on the broker."""

JOIN = 1.0
"""Seconds to wait, in all, for the threads to end: they are daemons and may be left behind."""


class Observer:
    """Holds the sources and the queue between them and the model.

    Threads only call `put`; whoever calls `drain`, always the same thread, owns the model.
    """

    def __init__(self, model: Model | None = None, room: int = ROOM) -> None:
        self.model = model or Model()
        self.listeners: list[Callable[[AnyFact], None]] = []
        """Called with every fact as it is applied: a recording, say."""
        self.drained: list[Callable[[], None]] = []
        """Called when everything that waited is applied."""
        self._room = room
        self._queue: deque[AnyFact] = deque()
        self._lost = 0
        self._lost_since = 0.0
        self._lock = threading.Lock()
        self._sources: list[Source] = []
        self._inspection: Inspection | None = None
        self._keys: Keys | None = None
        self._seek_due = 0.0

    def watch(self, address: str | Address, layout: Layout | str = "", *, ask: bool = False) -> None:
        """Start listening to a broker, as its deployment names its keys; a text is a key prefix. Nothing is
        written to it, unless the workers may be asked for their settings, which publishes a request and
        reads the replies from one list of our own. Raises `AddressError` where a URL names no broker."""
        self._keys = Keys(address, layout, self.put)
        sources: list[Source] = [
            Events(address, layout, self.put),
            self._keys,
            Clients(address, self.put),
        ]
        if ask:
            self._inspection = Inspection(address, layout, self.put)
            sources.append(self._inspection)
        self._sources += sources
        for source in sources:
            source.start()

    @property
    def full(self) -> bool:
        """Whether an event of a task would be dropped now; a source that can wait does."""
        return len(self._queue) >= self._room

    def put(self, fact: AnyFact) -> None:
        """Queue one fact, from any thread. Where there is no room, events of tasks are counted instead,
        never dropped in silence; what is said of keys and workers is rare, and is let in all the same."""
        room = self._room if type(fact) in EXPENDABLE else CEILING * self._room
        if len(self._queue) < room:
            self._queue.append(fact)
            return
        with self._lock:
            self._lost += 1
            self._lost_since = self._lost_since or fact.seen

    def drain(self) -> Sequence[Account]:
        """Apply everything that waits, and return the accounts that changed."""
        queue = self._queue
        for _ in range(len(queue)):
            self._apply(queue.popleft())
        if self._lost:
            with self._lock:
                lost, since, self._lost, self._lost_since = self._lost, self._lost_since, 0, 0.0
            now = time.time()
            why = "facts came faster than they could be applied"
            self._apply(Gap(at=now, seen=now, source="queue", since=since, count=lost, why=why))
        changed = self.model.settle()
        for done in self.drained:
            done()
        self._seek()
        return changed

    def stop(self) -> None:
        """End the sources."""
        for source in self._sources:
            source.stop()
        until = time.monotonic() + JOIN
        for source in self._sources:
            source.join(max(0.0, until - time.monotonic()))
        self._sources.clear()
        self._keys = None

    def _seek(self) -> None:
        """Have the messages looked for of which the model does not know where they are."""
        if self._keys and time.monotonic() >= self._seek_due:
            self._seek_due = time.monotonic() + SEEK_EVERY
            self._keys.seeking.seek(self.model.missing(time.time()))

    def _apply(self, fact: AnyFact) -> None:
        self.model.apply(fact)
        if self._inspection and isinstance(fact, Online):
            self._inspection.request()
        for listener in self.listeners:
            listener(fact)


def settle_collector() -> None:
    """Let Python look for cycles more rarely: accounts live long, and walking them all finds nothing."""
    gc.set_threshold(200_000, 50, 1_000)

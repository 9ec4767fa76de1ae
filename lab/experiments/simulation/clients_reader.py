"""The reader of a simulated broker's connections: who swept, and how many wait for messages.

It looks on a grid; a sweep comes to light with the next look.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from lab.experiments.simulation.surroundings import Surroundings
from lab.watch import facts
from lab.watch.sources.clients.clients import PERIOD, WHOLE_EVERY


class ClientsReader:
    """Looks at `CLIENT LIST`."""

    def __init__(self, world: Surroundings, tell: Callable[..., None], *, read: bool) -> None:
        self.world, self.tell, self.reads = world, tell, False
        self._may = read
        self._opened: dict[int, float] = {}
        self._told: set[int] = set()
        self._consumers: int | None = None
        self._counts = False

    def begin(self) -> None:
        """From now on it looks."""
        self.reads = self._may
        self.count()

    def opened(self, connection: int) -> None:
        """Somebody connected, and will wait for messages."""
        self._opened[connection] = self.world.now
        self.count()

    def closed(self, connection: int) -> None:
        """A connection is no more."""
        self._opened.pop(connection, None)
        if connection in self._told:
            self._told.discard(connection)
            self._next(PERIOD, self._closed, connection)
        self.count()

    def swept(self, connection: int) -> None:
        """A connection swept, as its last command shows."""
        self._next(PERIOD, self._swept, connection)

    def count(self) -> None:
        """How many wait may have changed."""
        if self.reads and not self._counts:
            self._counts = True
            self._next(WHOLE_EVERY, self._count)

    def _next(self, period: float, call: Callable[..., None], *args: int) -> None:
        if self.reads:
            watched = self.world.truth.watched
            n = floor((self.world.now - watched) / period) + 1
            self.world.at(watched + n * period + 0.01, call, *args)

    def _swept(self, connection: int) -> None:
        now, opened = self.world.now, self._opened.get(connection)
        if opened is None or not self.world.broker.up:
            return
        self._told.add(connection)
        self.tell(
            facts.ConnectionSwept, connection=connection, since=now - PERIOD - 0.02,
            connected=opened - 0.4, address=f"10.0.0.{connection}:5000",
        )  # fmt: skip

    def _closed(self, connection: int) -> None:
        self.tell(facts.ConnectionClosed, connection=connection)

    def _count(self) -> None:
        self._counts = False
        if self.world.broker.up and (count := len(self._opened)) != self._consumers:
            self._consumers = count
            self.tell(facts.Consumers, count=count)

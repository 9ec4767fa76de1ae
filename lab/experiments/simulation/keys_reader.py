"""The reader of a simulated broker's keys: readings on a grid, turned into facts by the real `Following`.

A reading that would show nothing new is left out, but for the sizes, which are told once a second.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from lab.experiments.simulation.surroundings import Surroundings
from lab.watch import facts
from lab.watch.sources.keys.following import Following
from lab.watch.sources.keys.keys import PERIOD
from lab.watch.sources.keys.payload import MOST

TOOK = 0.0008
"""Seconds that a reading takes."""

SIZES_EVERY = 5
"""Readings from one telling of the sizes to the next, where they did not change."""


class KeysReader:
    """Reads the index, the payloads, the sizes and the counters."""

    def __init__(
        self, world: Surroundings, tell: Callable[..., None], emit: Callable[[facts.AnyFact], None]
    ) -> None:
        self.world, self.tell = world, tell
        self.blind = False
        self.following = Following(emit)
        self.reads = False
        self._due = False
        self._counted = 0
        self._process = 0
        self._index: dict[str, float] = {}

    def begin(self) -> None:
        """From now on it reads."""
        self.reads = True
        self.touch()
        self._tick()

    def _tick(self) -> None:
        self.touch()
        self.world.at(self.world.now + SIZES_EVERY * PERIOD, self._tick)

    def touch(self) -> None:
        """Something changed: the next reading shows it."""
        if self.reads and not self._due:
            self._due = True
            n = floor((self.world.now - self.world.truth.watched) / PERIOD) + 1
            self.world.at(self.world.truth.watched + n * PERIOD, self.read)

    def lost(self, why: str) -> None:
        """It can no longer read."""
        self.blind = True
        self.tell(facts.Disconnected, source="keys", why=why)

    def found(self, since: float, why: str) -> None:
        """It can read again; it was blind since then."""
        self.blind = False
        self.tell(facts.Connected, source="keys")
        self.tell(facts.Gap, source="keys", since=since, why=why)
        self._process = 0
        self.touch()

    def read(self) -> None:
        """One reading."""
        self._due = False
        broker, now = self.world.broker, self.world.now
        if not self.reads or self.blind or not broker.up:
            return
        if broker.process != self._process:
            # It counts from here.
            self._process, self._counted = broker.process, broker.sweeps
            self.tell(facts.Server, run_id=f"run-{broker.process}", version="Redis 7.2", role="master")
        before = now - TOOK
        if (count := broker.sweeps - self._counted) > 0:
            self._counted = broker.sweeps
            self.tell(facts.Swept, since=before - PERIOD, count=count)
        following = self.following
        if broker.index != self._index:
            self._index = dict(broker.index)
            self.world.truth.index.append((now, self._index))
        asked = list(following.scores)
        by_score = sorted((score, tag) for tag, score in self._index.items())
        following.index([(tag.encode(), score) for score, tag in by_score], (), (), now)
        following.answers(asked, [self._index.get(tag) for tag in asked], before, now)
        for tag in following.unnamed(MOST, now):
            if publication := broker.unacked.get(tag):
                self.tell(
                    facts.Payload, at=following.scores[tag], tag=tag, id=publication.id,
                    task=publication.task, eta=publication.eta, retries=publication.retries, queue="celery",
                    redelivered=publication.redelivered,
                )  # fmt: skip
            following.named(tag)
        self.tell(
            facts.Totals, unacked=len(broker.unacked), index=len(broker.index), queued=len(broker.queue),
            mutex=now < broker.mutex_until,
        )  # fmt: skip

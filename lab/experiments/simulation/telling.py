"""The telling: what an observer hears of a history, as the facts that the sources would emit.

Events may be lost, late or repeated; the index is read every 0.2 s, so what is acknowledged between two
readings is never seen there.
"""

from __future__ import annotations

from collections.abc import Collection
from random import Random
from typing import Any

from lab.experiments.simulation.broker import Broker, Message
from lab.watch import facts
from lab.watch.facts import AnyFact

ZERO = 1_000_000_000.0
"""Unix seconds at which every history begins."""

READING = 0.2
"""Seconds between two readings of the index."""

WAY = 0.002
"""Seconds from an event to its arrival."""

LATE = 3.0
"""Seconds by which an event may come late, at most."""

PRODUCER = "producer"


class Telling:
    """Collects facts with the time at which each arrives."""

    def __init__(self, random: Random, how: Collection[str]) -> None:
        self.arrived: list[tuple[float, int, AnyFact]] = []
        self.deaf_since: float | None = None
        self.lost = 0
        self._random, self._how = random, how
        self._clock = self._events = 0
        self._scores: dict[str, float] = {}
        self._named: set[str] = set()
        for source in ("events", "keys"):
            self._add(0.0, facts.Connected(at=ZERO - 2, seen=ZERO - 2, source=source))

    @property
    def facts(self) -> list[AnyFact]:
        """Every fact, in the order of arrival."""
        return [fact for _, _, fact in sorted(self.arrived, key=lambda each: each[:2])]

    def event(self, kind: type, at: float, worker: str, pid: int, skew: float = 0.0, **more: Any) -> None:
        """A worker, or the producer, says something at a true time."""
        if self.deaf_since is not None:
            self.lost += 1
            return
        if issubclass(kind, facts.TaskFact):
            self._clock += 1
            more["clock"] = self._clock
        # No two events of a worker bear the same time.
        self._events += 1
        at += self._events * 1e-7
        arrives = at + WAY
        if "late" in self._how and self._random.random() < 0.2:
            arrives += self._random.uniform(0, LATE)
        said = kind(at=ZERO + at + skew, seen=ZERO + arrives, worker=worker, pid=pid, **more)
        self._add(arrives, said)
        if "repeated" in self._how and self._random.random() < 0.2:
            self._add(arrives + self._random.uniform(0, LATE), said)

    def tell(self, at: float, kind: type, **more: Any) -> None:
        """A source, or the lab, says something of its own."""
        self._add(at, kind(at=ZERO + at, seen=ZERO + at, **more))

    def read(self, before: float, broker: Broker) -> None:
        """A reading of the index, as `lab.watch.sources.keys` does it."""
        now = before + WAY
        for tag in [tag for tag in self._scores if tag not in broker.index]:
            last = self._scores.pop(tag)
            self._named.discard(tag)
            gone = max(ZERO + before, last + 1e-4)
            self._add(now, facts.Left(at=gone, seen=ZERO + now, tag=tag))
        for tag, score in broker.index.items():
            at = ZERO + score
            if self._scores.get(tag) == at:
                continue
            self._scores[tag] = at
            self._add(now, facts.Popped(at=at, seen=ZERO + now, tag=tag))
            if tag not in self._named:
                self._named.add(tag)
                self._payload(now, at, broker.unacked[tag])
        self.tell(
            now,
            facts.Totals,
            unacked=len(broker.unacked),
            index=len(broker.index),
            queued=len(broker.queue),
        )

    def _payload(self, now: float, at: float, message: Message) -> None:
        payload = facts.Payload(
            at=at,
            seen=ZERO + now,
            tag=message.tag,
            id=message.id,
            task=message.task,
            args="()",
            eta=None if message.eta is None else ZERO + message.eta,
            retries=message.retries,
            queue="celery",
            redelivered=message.redelivered,
        )
        self._add(now, payload)

    def _add(self, arrives: float, fact: AnyFact) -> None:
        self.arrived.append((arrives, len(self.arrived), fact))

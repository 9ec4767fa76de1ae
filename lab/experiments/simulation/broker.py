"""The simulated broker: one queue, `unacked` and its index, the sweeps' mutex, and who waits in BRPOP.

It knows no time but what it is told, and nothing of Celery.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from lab.experiments.simulation.truth import Cause, Publication

Waiter: TypeAlias = Callable[[Publication], None]

Memory: TypeAlias = tuple[list[tuple[Publication, bool]], dict[str, Publication], dict[str, float]]
"""The queue with each message's `redelivered`, unacked, its index."""


class SimulatedBroker:
    """What is on the server."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.queue: deque[Publication] = deque()
        """The left end is popped next: what kombu pushes with RPUSH."""
        self.unacked: dict[str, Publication] = {}
        self.index: dict[str, float] = {}
        self.mutex_until = 0.0
        self.locks: set[tuple[str, int]] = set()
        self.sweeps = 0
        """Sweeps since the start, as `commandstats` counts them: and what looks like one."""
        self.refuses_writes = False
        self.up = True
        self.process = 1
        self.waiters: dict[object, Waiter] = {}
        """Whoever waits in BRPOP, the longest first."""
        self._changed = changed

    def lpush(self, publication: Publication) -> None:
        """To the end of the queue: what is new, and what was rejected with requeue."""
        self.queue.append(publication)
        self.serve()

    def restore(self, tag: str, cause: Cause, now: float, *, last: bool = False) -> bool:
        """`QoS.restore_by_tag`: whoever holds it, out of unacked and back into the queue."""
        publication = self.unacked.get(tag)
        self.remove(tag)
        if publication is None:
            return False
        publication.redelivered, publication.returned, publication.restored_at = True, cause, now
        if last:
            self.queue.append(publication)
        else:
            self.queue.appendleft(publication)
        self.serve()
        return True

    def record(self, publication: Publication, score: float) -> None:
        """`QoS.append`: ZADD and HSET."""
        self.unacked[publication.tag] = publication
        self.index[publication.tag] = score
        self._changed()

    def remove(self, tag: str) -> None:
        """ZREM and HDEL: an acknowledgement, whoever popped it last."""
        if self.unacked.pop(tag, None) is not None:
            del self.index[tag]
            self._changed()

    def overdue(self, before: float) -> list[str]:
        """Tags with a score up to this one, the newest first."""
        found = [(score, tag) for tag, score in self.index.items() if score <= before]
        return [tag for _, tag in sorted(found, reverse=True)]

    def wait(self, who: object, serve: Waiter) -> None:
        """BRPOP."""
        self.waiters.setdefault(who, serve)
        self.serve()

    def forget(self, who: object) -> bool:
        """Its connection is closed, or its BRPOP over; whether it waited."""
        return self.waiters.pop(who, None) is not None

    def serve(self) -> None:
        """Whoever has waited longest gets the next message."""
        while self.up and self.queue and self.waiters:
            who = next(iter(self.waiters))
            serve = self.waiters.pop(who)
            serve(self.queue.popleft())
        self._changed()

    def memory(self) -> Memory:
        """A snapshot."""
        return [(each, each.redelivered) for each in self.queue], dict(self.unacked), dict(self.index)

    def restart(self, memory: Memory) -> None:
        """Another process, with what was in a snapshot."""
        queue, self.unacked, self.index = memory[0], dict(memory[1]), dict(memory[2])
        self.queue = deque(each for each, _ in queue)
        for publication, redelivered in queue:
            publication.redelivered = redelivered
        self.process += 1
        self.sweeps = 0
        self.up = True
        self._changed()

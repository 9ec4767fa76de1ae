"""How many messages wait in the queues that are known: a bounded number of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.watch.broker.layout import Layout
from lab.watch.sources.access import AGAIN, Access

QUEUES = 32
"""Queues whose lengths are read, one list for each priority step; what is beyond is said."""

LONGEST_NAME = 200
"""Characters of a queue's name; a longer routing key names none."""

BEYOND = f"how many messages wait in queues beyond the first {QUEUES}"


class Depths:
    """Which lists are asked for in a reading, and what their lengths add up to."""

    def __init__(self, layout: Layout, access: Access) -> None:
        self.layout = layout
        self.access = access
        self.queues: dict[str, float] = {}
        """Queue to when it is asked for, Unix seconds: 0 for one that is read every time."""
        self._asked: list[str] = []
        for queue in layout.queues[:QUEUES]:
            self.queues[queue] = 0.0
        self._too_many = len(layout.queues) > QUEUES

    def found(self, queue: str) -> None:
        """A message came out of this queue, by its routing key."""
        if not queue or queue in self.queues or len(queue) >= LONGEST_NAME:
            return
        if len(self.queues) < QUEUES:
            self.queues[queue] = 0.0
        else:
            self._too_many = True

    def lists(self, now: float) -> list[str]:
        """The lists to ask for now."""
        self._asked = [queue for queue, due in self.queues.items() if due <= now]
        return [name for queue in self._asked for name in self.layout.queue_lists(queue)]

    def total(self, lengths: Sequence[Any], now: float) -> int:
        """Messages that wait in all queues that can be read. One that is refused, or is no list, costs itself
        alone, and is asked for again later: a routing key out of a payload may name a key of another kind."""
        steps = len(self.layout.priority_steps)
        total = 0
        for at, queue in enumerate(self._asked):
            answers = lengths[at * steps : (at + 1) * steps]
            if self.access.granted(f"how many messages wait in queue {queue}", now, *answers):
                self.queues[queue] = 0.0
                total += sum(answers)
            else:
                self.queues[queue] = now + AGAIN
        if self._too_many:
            self.access.say(BEYOND, "a bounded number of queues is read", now)
        return total

"""The memory: how many messages are remembered, and which are forgotten first.

It chooses; whoever keeps something of a message lets go of it by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Protocol

from lab.watch.model.doubts import Doubts

REMEMBERED = 20_000
"""Messages of which the account is kept; the oldest settled ones are forgotten, their counts are not."""

FORGOTTEN = 200_000
"""Ids of forgotten messages that are still known as such, at most, and half of them at least: a late fact of
one is not counted as a new message."""

MOST_IN_ALL = 500_000
"""Facts kept in all, some 150 MB: in a redelivery storm the oldest messages give way."""


class Keepable(Protocol):
    """What is kept of one message."""

    @property
    def settled(self) -> bool:
        """Whether nothing of it is waiting or running."""


class Memory:
    """Which messages are remembered, and which were forgotten."""

    def __init__(self, remembered: int, doubts: Doubts) -> None:
        self.remembered = remembered
        self.facts = 0
        """Facts kept of all messages together."""
        self._doubts = doubts
        self._oldest: deque[str] = deque()
        """Task ids in the order in which the messages were first heard of."""
        self._forgotten: set[str] = set()
        self._forgotten_before: set[str] = set()
        """Two halves, of which the older one goes at once: cheaper than one id after the other."""
        self._look_at = 0

    def add(self, task_id: str) -> None:
        """A message is heard of for the first time."""
        self._oldest.append(task_id)

    def forgot(self, task_id: str) -> bool:
        """Whether this message was known once, and is no more."""
        return task_id in self._forgotten or task_id in self._forgotten_before

    def surplus(self, kept: Mapping[str, Keepable], version: int) -> list[str]:
        """The messages to let go of: the oldest settled ones, of open ones only past twice the number.

        `version` grows with every change of what is kept. Linear in the messages that go and in the open ones
        that are older; where those are many it looks only after so many changes.
        """
        surplus = len(kept) - self.remembered
        crowded = surplus > self.remembered or self.facts > MOST_IN_ALL
        if crowded:
            surplus = max(surplus, len(kept) // 10)
        if surplus <= 0 or (version < self._look_at and not crowded):
            return []
        if crowded:
            self._doubts.say("more messages were open at once than are remembered")
        going: list[str] = []
        staying: list[str] = []
        while self._oldest and len(going) < surplus:
            task_id = self._oldest.popleft()
            message = kept.get(task_id)
            if message is None:
                continue
            if crowded or message.settled:
                going.append(task_id)
            else:
                staying.append(task_id)
        self._oldest.extendleft(reversed(staying))
        if len(going) < surplus:
            # Nothing more to free for now: do not look through all of them again at every call.
            self._look_at = version + self.remembered // 4
        return going

    def forget(self, task_id: str, facts: int) -> None:
        """This message, of which so many facts were kept, is let go of."""
        self.facts -= facts
        self._forgotten.add(task_id)
        if 2 * len(self._forgotten) >= FORGOTTEN:
            self._forgotten, self._forgotten_before = set(), self._forgotten

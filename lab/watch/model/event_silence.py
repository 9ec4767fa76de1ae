"""The silence of events, and that of keys: whether one tells of messages of which the other says nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

from lab.watch.facts import POPS, Connected, Payload, Popped, Received, Unknown

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds from a pop until its `task-received` is missed; it comes within milliseconds."""

REMEMBERED = 1_000
"""Messages that were taken, or heard of, and are remembered for the other word of them: the latest."""


class Silence:
    """Holds pops against events. Task events are off unless a worker has `-E` or `worker_send_task_events`
    (`celery.app.defaults`, 5.7.0)."""

    def __init__(self) -> None:
        self._received = False
        self._listening_since: float | None = None
        self._first_pop: float | None = None
        self._first_held: float | None = None
        """When an event first told of a message that is held for a while."""
        self._popped = False
        self._pops_unknown = False
        self._taken: OrderedDict[str, float] = OrderedDict()
        """Delivery tags that were seen to be popped while events were listened to, to when, until they are
        named."""
        self._awaited: OrderedDict[str, float] = OrderedDict()
        """Messages that were taken then, to when that was seen, and of which no event has told yet."""
        self._heard: OrderedDict[str, None] = OrderedDict()
        """Messages of which an event told."""

    def connected(self, fact: Connected) -> None:
        """A source reached the broker."""
        if fact.source == "events" and self._listening_since is None:
            self._listening_since = fact.at

    def popped(self, fact: Popped) -> None:
        """A worker took a message: if events were listened to by then, one should tell of it."""
        self._popped = True
        since = self._listening_since
        # A clock that is ahead makes an old pop look new.
        if since is None or not since < fact.at < fact.seen + PATIENCE:
            return
        if self._first_pop is None:
            self._first_pop = fact.seen
        _remember(self._taken, fact.tag, fact.seen)

    def named(self, fact: Payload) -> None:
        """Which message it is that was taken."""
        seen = self._taken.pop(fact.tag, None)
        if seen is not None and fact.id not in self._heard:
            _remember(self._awaited, fact.id, seen)

    def unknown(self, fact: Unknown) -> None:
        """A source may not look at something, or may again."""
        if fact.what == POPS:
            self._pops_unknown = bool(fact.why)

    def received(self, fact: Received) -> None:
        """An event told of a message that was taken."""
        self._received = True
        self._awaited.pop(fact.id, None)
        _remember(self._heard, fact.id, None)
        if self._first_held is None and fact.eta is not None and fact.eta - fact.at > 2 * PATIENCE:
            self._first_held = fact.seen

    def task_events_off(self, now: float) -> bool:
        """Whether messages were taken for a while and no event told of any."""
        return not self._received and self._first_pop is not None and now - self._first_pop > PATIENCE

    def unheard(self, now: float) -> bool:
        """Whether a message was taken a while ago, and no event told of it, though some tell of others."""
        return self._received and now - next(iter(self._awaited.values()), now) > PATIENCE

    def keys_elsewhere(self, now: float) -> bool:
        """Whether a worker holds a message for a while and none was ever seen in `unacked`, though that may
        be read: it has another name there."""
        if self._popped or self._pops_unknown or self._first_held is None:
            return False
        return now - self._first_held > PATIENCE


def _remember(among: OrderedDict[str, T], key: str, value: T) -> None:
    """Keep the latest, within the limit."""
    among[key] = value
    if len(among) > REMEMBERED:
        among.popitem(last=False)

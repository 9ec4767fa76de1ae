"""The silence of events, and that of keys: whether one tells of messages of which the other says nothing."""

from __future__ import annotations

from lab.watch.facts import POPS, Connected, Popped, Received, Unknown

PATIENCE = 3.0
"""Seconds from a pop until its `task-received` is missed; it comes within milliseconds."""


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

    def connected(self, fact: Connected) -> None:
        """A source reached the broker."""
        if fact.source == "events" and self._listening_since is None:
            self._listening_since = fact.at

    def popped(self, fact: Popped) -> None:
        """A worker took a message: if events were listened to by then, one should tell of it."""
        self._popped = True
        since = self._listening_since
        if self._first_pop is None and since is not None and fact.at > since and fact.seen > since:
            self._first_pop = fact.seen

    def unknown(self, fact: Unknown) -> None:
        """A source may not look at something, or may again."""
        if fact.what == POPS:
            self._pops_unknown = bool(fact.why)

    def received(self, fact: Received) -> None:
        """An event told of a message that was taken."""
        self._received = True
        if self._first_held is None and fact.eta is not None and fact.eta - fact.at > 2 * PATIENCE:
            self._first_held = fact.seen

    def task_events_off(self, now: float) -> bool:
        """Whether messages were taken for a while and no event told of any."""
        return not self._received and self._first_pop is not None and now - self._first_pop > PATIENCE

    def keys_elsewhere(self, now: float) -> bool:
        """Whether a worker holds a message for a while and none was ever seen in `unacked`, though that may
        be read: it has another name there."""
        if self._popped or self._pops_unknown or self._first_held is None:
            return False
        return now - self._first_held > PATIENCE

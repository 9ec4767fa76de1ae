"""What stands: the facts that a later part of a recording begins with, so that it can be read by itself.

Of each thing the last word alone: of a source whether it is up, of a worker its life and settings, of an
entry its pop and its payload. What became of messages before is not among it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from lab.watch import facts

MOST = 50_000
"""Facts that are kept; those that were said longest ago give way."""

Key = tuple[str, ...]


class Standing:
    """Takes every fact that is recorded, and keeps what is still so."""

    def __init__(self) -> None:
        self._last: OrderedDict[Key, facts.AnyFact] = OrderedDict()

    def __iter__(self) -> Iterator[facts.AnyFact]:
        return iter(self._last.values())

    def take(self, fact: facts.AnyFact) -> None:
        """Take in one fact."""
        if isinstance(fact, facts.TaskFact):
            return
        match fact:
            case facts.Left() | facts.Unwatched():
                self._drop(("pop", fact.tag), ("payload", fact.tag))
            case facts.Popped() | facts.Aged():
                self._keep(("pop", fact.tag), fact)
            case facts.Payload():
                self._keep(("payload", fact.tag), fact)
            case facts.Offline() | facts.Gone():
                self._drop(*(_life(fact, kind) for kind in ("Online", "Heartbeat")))
            case facts.Online() | facts.Heartbeat():
                self._keep(_life(fact, type(fact).__name__), fact)
            case facts.Configured():
                self._keep(("settings", fact.worker), fact)
            case facts.Connected() | facts.Disconnected():
                self._keep(("source", fact.source), fact)
            case facts.Unknown(why=""):
                self._drop(("unknown", fact.what))
            case facts.Unknown():
                self._keep(("unknown", fact.what), fact)
            case facts.ConnectionSwept():
                self._keep(("connection", str(fact.connection)), fact)
            case facts.ConnectionClosed():
                self._drop(("connection", str(fact.connection)))
            case facts.Server() | facts.ServerMemory() | facts.Totals() | facts.Consumers():
                self._keep((type(fact).__name__,), fact)

    def _keep(self, key: Key, fact: facts.AnyFact) -> None:
        self._last[key] = fact
        self._last.move_to_end(key)
        if len(self._last) > MOST:
            self._last.popitem(last=False)

    def _drop(self, *keys: Key) -> None:
        for key in keys:
            self._last.pop(key, None)


def _life(fact: facts.WorkerFact, kind: str) -> Key:
    return kind, fact.worker, str(fact.pid)

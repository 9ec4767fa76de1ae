"""How full the server is, and whether it refuses commands for that: asked now and then, said when it matters.

A worker whose entry is refused has popped its message already (`kombu.transport.redis:QoS.append` comes after
BRPOP): BRPOP frees memory, and is never refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lab.watch.bounds import MOST
from lab.watch.facts import AnyFact, ServerMemory
from lab.watch.sources.access import Access
from lab.watch.sources.decoding import LONGEST

EVERY = 2.0
"""Seconds between two questions."""

OF_LIMIT = 0.01
"""Part of the limit by which the use moves before it is said again."""

OF_USE = 0.1
"""The same where there is no limit: part of the use."""

MEMORY = "how full the server is, and whether it refuses commands for that"


class MemoryUse:
    """What was said of the server's memory."""

    def __init__(self, access: Access, emit: Callable[[AnyFact], None]) -> None:
        self.access = access
        self.emit = emit
        self.forget()

    def forget(self) -> None:
        """A new connection, perhaps to another server."""
        self._said: ServerMemory | None = None
        self._due = 0.0

    def ask(self, pipe: Any, now: float) -> None:
        """Ask, where it is time to."""
        if now >= self._due:
            self._due = now + EVERY
            pipe.info("memory")
            pipe.info("stats")
            pipe.info("errorstats")

    def told(self, answers: Sequence[Any], now: float) -> None:
        """Take in the answers; there are none where nothing was asked."""
        if not answers or not self.access.granted(MEMORY, now, *answers):
            return
        memory, stats, errors = answers
        use = ServerMemory(
            at=now,
            seen=now,
            used=_whole(memory.get("used_memory")),
            limit=_whole(memory.get("maxmemory")),
            policy=str(memory.get("maxmemory_policy", ""))[:LONGEST],
            refused=_refused(stats, errors),
        )
        if self._matters(use):
            self._said = use
            self.emit(use)

    def _matters(self, use: ServerMemory) -> bool:
        last = self._said
        if last is None or (last.limit, last.policy, last.refused) != (use.limit, use.policy, use.refused):
            return True
        return abs(use.used - last.used) > (use.limit * OF_LIMIT or last.used * OF_USE)


def _refused(stats: Any, errors: Any) -> int | None:
    """Commands refused because of the memory; None where the server does not count its errors (before Redis
    6.2). One that it never answered with is in no answer."""
    if "total_error_replies" not in stats:
        return None
    oom = errors.get("errorstat_OOM")
    return _whole(oom.get("count")) if isinstance(oom, dict) else 0


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value <= MOST else 0

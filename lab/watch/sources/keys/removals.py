"""Who removed what is gone from the index: its worker, or whoever took the broker's data away.

Every worker removes an entry by a ZREM of its own, when it acknowledges it and when it puts it back
(`kombu.transport.redis:QoS._remove_from_indices`; kombu 5.3 to 5.7), and the server counts them. So where
more is gone than was so removed, its data are lost. It knows no entries, and emits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

FLUSHES = ("FLUSHALL", "FLUSHDB", "SWAPDB")
"""Commands that take away what a db holds; each may have been of another db."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How often a server process carried out what adds and removes."""

    removals: int = 0
    additions: int = 0
    flushes: tuple[int, ...] = (0,) * len(FLUSHES)


class Removals:
    """The counts of two readings, and which server process counted."""

    def __init__(self) -> None:
        self._run_id = ""
        self._saved: float | None = None
        self._appends = False
        self._before: Calls | None = None
        """At the reading before, of the same process; None where nothing can be told of what is between."""
        self._now: Calls | None = None
        self._back_to: str | None = None
        """What another process came back as, where this reading found one that keeps snapshots alone."""

    def told(self, stats: Any, run_id: str, saved: float | None, *, appends: bool) -> None:
        """Take in what the server counted (`INFO commandstats`), when it wrote a snapshot, and whether it
        appends every write to a file."""
        before, self._now = self._now, _calls(stats)
        self._back_to = None
        if run_id != self._run_id:
            began_anew = bool(self._run_id and run_id) and not (appends or self._appends)
            self._back_to = _as_it_was(self._saved) if began_anew else None
            before = Calls() if began_anew else None
        elif before and self._now and self._now.removals < before.removals:
            # Somebody set the counters back.
            before = None
        self._before, self._run_id, self._saved, self._appends = before, run_id, saved, appends

    def why_gone(self, client: redis.Redis, gone: int, left: int) -> str:
        """Why so many entries are gone at once, in a clause, where it was not their workers who removed them;
        `left` stand in the index still. Asks once more what the server counted, where that is to be known.
        Raises `redis.RedisError`."""
        if self._before is None or self._now is None:
            return ""
        flushed = self._flushed()
        if not (flushed and not left):
            if gone <= self._now.removals - self._before.removals:
                return ""
            # Some may have been removed after the server was asked, and before it was asked for them.
            latest = _calls(client.info("commandstats"))
            if latest is None or gone <= latest.removals - self._before.removals:
                return ""
        if self._back_to is not None:
            return self._back_to if left else "the broker came back without its data"
        return flushed or "keys were deleted"

    def why_emptied(self, *, empty: bool) -> str:
        """Why what waited in the queues is gone, where nothing stands and nothing waits any more, and nobody
        can have taken it; in a clause, else nothing."""
        if self._before is None or self._now is None or not empty:
            return ""
        if self._now.additions > self._before.additions:
            # Workers took messages.
            return ""
        return "the broker came back without its data" if self._back_to is not None else self._flushed()

    def _flushed(self) -> str:
        before, now = self._before, self._now
        if before is None or now is None:
            return ""
        counted = zip(FLUSHES, before.flushes, now.flushes, strict=True)
        return " and ".join(name for name, then, calls in counted if calls > then)


def _as_it_was(saved: float | None) -> str:
    at = f" at {datetime.fromtimestamp(saved):%H:%M:%S}" if saved else ""
    return f"the broker came back as it was{at}, when it saved"


def _calls(stats: Any) -> Calls | None:
    """The counts in one answer; None where it is refused, or has none."""
    if not isinstance(stats, Mapping):
        return None

    def calls(command: str) -> int:
        counted = stats.get(f"cmdstat_{command}")
        count = counted.get("calls") if isinstance(counted, Mapping) else 0
        return count if isinstance(count, int) else 0

    flushes = tuple(calls(name.lower()) for name in FLUSHES)
    return Calls(calls("zrem"), calls("zadd"), flushes)

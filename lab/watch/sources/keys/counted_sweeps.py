"""Sweeps, as the server's command counters show them; it knows no sweeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.watch.facts import AnyFact, Swept
from lab.watch.sources.access import Access
from lab.watch.sources.command_counts import Counts, counts_of

SWEEPS = "sweeps, as the server counts their command"


class CountedSweeps:
    """Turns two answers of `INFO commandstats` into the sweeps between them."""

    def __init__(self, access: Access, emit: Callable[[AnyFact], None]) -> None:
        self.access = access
        self.emit = emit
        self._last: tuple[float, Counts] | None = None
        """When the counters were read last, and what they said."""

    def forget(self) -> None:
        """A new connection, perhaps to another server."""
        self._last = None

    def told(self, stats: Any, before: float, now: float) -> None:
        """A sweep that is counted now came after the reading before was sent, and before this answer."""
        # It was asked for INFO just now: a server that counts commands has counted that one.
        if isinstance(stats, dict) and "cmdstat_info" not in stats:
            self.access.say(SWEEPS, "the server does not count commands", now)
            return
        if not self.access.granted(SWEEPS, now, stats):
            self._last = None
            return
        counts = counts_of(stats)
        if self._last:
            since, last = self._last
            if (count := min(counts.looks - last.looks, counts.takes - last.takes)) > 0:
                self.emit(Swept(at=now, seen=now, since=since, count=count))
        self._last = before, counts

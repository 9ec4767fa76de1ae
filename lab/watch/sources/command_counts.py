"""How often the server carried out the commands of which a sweep makes one each: `INFO commandstats`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NEWEST, OLDER = "cmdstat_zrange", "cmdstat_zrevrangebyscore"
"""How the sweep asks for overdue entries, in kombu 5.7, which also prunes bindings by a script, and before it
(`kombu.transport.redis:QoS.restore_visible`)."""


class Counts(NamedTuple):
    """How often the server was asked for the index, took locks, released locks and ran scripts. Anybody's
    ZRANGE alone is no sweep, which first takes its mutex, and releases it by a script."""

    looks: int
    takes: int
    releases: int
    scripts: int

    def sweeps_since(self, before: Counts) -> int:
        """How many sweeps there may have been at most; below zero where the statistics were reset."""
        return min(self.looks - before.looks, self.takes - before.takes, self.releases - before.releases)


def may_prune(stats: Mapping[str, Any]) -> bool:
    """Whether somebody may prune bindings by scripts: kombu 5.7 or newer was here, or one cannot tell, as
    where nobody swept yet."""
    return NEWEST in stats or OLDER not in stats


def counts_of(stats: Mapping[str, Any]) -> Counts:
    """The counts in one answer."""

    def calls(command: str) -> int:
        said = stats.get(command)
        count = said.get("calls") if isinstance(said, dict) else 0
        return count if isinstance(count, int) else 0

    return Counts(
        calls(NEWEST) + calls(OLDER), calls("cmdstat_set"), calls("cmdstat_del"), calls("cmdstat_evalsha")
    )

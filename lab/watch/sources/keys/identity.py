"""Which server process answers: its version and role, how far its clock is off, and what it saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import redis

from lab.watch.bounds import plausible
from lab.watch.facts import AnyFact, Server
from lab.watch.sources.access import Access
from lab.watch.sources.decoding import LONGEST

EVERY = 2.0
"""Seconds between two questions for its role, which a failover changes, and for when it saved."""

MOVED = 0.05
"""Seconds that the server's clock may move against ours before it is said again."""

PRODUCTS = {"valkey_version": "Valkey", "dragonfly_version": "Dragonfly", "redis_version": "Redis"}
"""What `INFO server` calls a version, the server's own name first: each names a Redis version too."""

SERVER = "which server process answers, its version and role, and whether it was restarted"
CLOCK = "how far the server's clock is off"


class Identity:
    """What is known of the server behind one connection."""

    def __init__(self, access: Access, emit: Callable[[AnyFact], None]) -> None:
        self.access = access
        self.emit = emit
        self.appends = False
        """Whether it appends every write to a file, so that it comes back with everything."""
        self._run_id = ""
        """Of the last process that answered, over all connections."""
        self.forget()

    @property
    def server(self) -> Server:
        """What is known of the server behind this connection."""
        return self._said or Server(at=0.0)

    def other(self, info: Any) -> bool:
        """Whether this answer to `INFO server` is of another process than the one that was known last."""
        run_id = str(info.get("run_id", ""))[:LONGEST] if isinstance(info, dict) else ""
        return bool(self._run_id and run_id) and run_id != self._run_id

    def forget(self) -> None:
        """A new connection, perhaps to another server."""
        self._said: Server | None = None
        self._due = 0.0

    def ask(self, pipe: Any, now: float) -> None:
        """Ask for what changes rarely, where it is time to."""
        if now >= self._due:
            self._due = now + EVERY
            pipe.info("replication")
            pipe.info("persistence")

    def told(self, info: Any, clock: Any, more: Sequence[Any], middle: float, now: float) -> float:
        """Say which server it is, where that is new; returns its clock less the observer's, in seconds, 0
        where that is unknown. `more` answers what `ask` asked, `middle` is when it was asked. Raises
        `ConnectionError` if it is another process than before."""
        last = self._said or Server(at=now, seen=now)
        run_id, version, skew = last.run_id, last.version, last.skew
        if self.access.granted(SERVER, now, info):
            run_id, version = str(info.get("run_id", ""))[:LONGEST], _version(info)[:LONGEST]
        if last.run_id and run_id and run_id != last.run_id:
            # The client library connects again without a word, even to a server that lost everything.
            raise ConnectionError("the server was restarted")
        role, saved = last.role, last.saved
        if more and not any(isinstance(answer, redis.ResponseError) for answer in more):
            replication, persistence = more
            role, saved = str(replication.get("role", ""))[:LONGEST], _saved(persistence)
            self.appends = bool(persistence.get("aof_enabled"))
        self._run_id = run_id or self._run_id
        if role == "slave" and self.access.address.sentinels:
            raise ConnectionError("the master became a replica")
        if self.access.granted(CLOCK, now, clock):
            measured = clock[0] + clock[1] / 1e6 - middle
            if self._said is None or abs(measured - skew) > MOVED:
                skew = measured
        server = Server(at=now, seen=now, run_id=run_id, version=version, skew=skew, role=role, saved=saved)
        if self._said is None or server != msgspec.structs.replace(self._said, at=now, seen=now):
            self._said = server
            self.emit(server)
        return skew


def _version(info: dict[str, Any]) -> str:
    for field, product in PRODUCTS.items():
        if field in info:
            return f"{product} {info[field]}"
    return ""


def _saved(persistence: dict[str, Any]) -> float | None:
    at = persistence.get("rdb_last_save_time")
    if not isinstance(at, int) or not plausible(at) or persistence.get("aof_enabled"):
        return None
    return float(at)

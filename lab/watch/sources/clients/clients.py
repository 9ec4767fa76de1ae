"""Who sweeps, read by a thread from `CLIENT LIST`, which names every connection and its last command.

Connections are of a db, not of a key prefix: of several deployments that share a db, it cannot tell whose
they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import redis

from lab.watch.broker.connection import Address, connect, ping
from lab.watch.facts import AnyFact, Connected, Consumers
from lab.watch.sources.access import AGAIN, Access
from lab.watch.sources.clients.client_list import Look, parse
from lab.watch.sources.clients.sightings import MOST, Sightings
from lab.watch.sources.command_counts import counts_of, may_prune
from lab.watch.sources.source import Source

PERIOD = 0.47
"""Seconds between two looks at the connections that may sweep. No divisor of a second, so that looks fall all
over the server's seconds and tell when they begin."""

WHOLE_EVERY, WHOLE_SELDOM = 2.0, 60.0
"""Seconds between two looks at all connections, at least and at most."""

CPU_SHARE = 0.01
"""Of a core, what each of the two kinds of looking may cost us on average; measured as it goes."""

BYTES_A_SECOND = 100_000
"""What each may cost the network on average, and with it the server: the whole list of 3,000 connections is
765 kB, so it is read every 8 s. Measured with a third of them running scripts, in kB/s, per cent of a core
for us and for the server: 9, 0.2, 0.2 at 10 connections; 178, 0.7, 0.4 at 1,000; 200, 0.8, 0.6 at 3,000."""

SWEEPERS = "who sweeps"


class Clients(Source):
    """The reader of connections of one db."""

    name = "clients"

    def __init__(self, address: str | Address, emit: Callable[[AnyFact], None]) -> None:
        super().__init__(address, emit)
        self.db = self.address.db
        self.consumers: int | None = None
        self._by_id = True
        """Whether the server can list single connections (Redis 6.2)."""
        self._access = Access(self.name, self.address, emit)

    def listen(self) -> None:
        client = connect(self.address)
        try:
            ping(client)
            now = time.time()
            self.emit(Connected(at=now, seen=now, source=self.name))
            while not self.stopping.is_set():
                try:
                    self._follow(client)
                except redis.ResponseError as error:
                    self._access.granted(SWEEPERS, time.time(), error)
                    self.stopping.wait(AGAIN)
        finally:
            client.close()

    def _follow(self, client: redis.Redis) -> None:
        """Look, and look again. Raises `redis.ResponseError` where that is refused."""
        own = int(client.client_id())
        sightings = Sightings(self.db, pruned=may_prune(client.info("commandstats")))
        whole_due = due = time.monotonic()
        while not self.stopping.is_set():
            whole = not self._by_id or time.monotonic() >= whole_due
            asked = list(sightings.seen) if whole else sightings.followed
            begun, cpu = time.monotonic(), time.thread_time()
            look, pruned, size = self._look(client, own, asked, whole)
            sightings.pruned = pruned
            for fact in sightings.take(look, asked, whole):
                self.emit(fact)
            if whole:
                self._count(look)
            why = f"more than {MOST:,} connections run scripts" if sightings.full else ""
            self._access.say(SWEEPERS, why, time.time())
            pause = max((time.thread_time() - cpu) / CPU_SHARE, size / BYTES_A_SECOND)
            if whole:
                whole_due = begun + min(max(pause, WHOLE_EVERY), WHOLE_SELDOM)
                pause = 0.0 if self._by_id else whole_due - begun
            # What a whole look cost is paid for by the time to the next one.
            due = max(due + max(PERIOD, pause), time.monotonic())
            self.stopping.wait(due - time.monotonic())

    def _look(self, client: redis.Redis, own: int, asked: list[int], whole: bool) -> tuple[Look, bool, int]:
        """One look, whether somebody may prune bindings, and how many bytes the list had."""
        words: list[Any] = ["TYPE", "normal"] if whole else ["ID", own, *asked]
        pipe = client.pipeline(transaction=False)
        pipe.info("commandstats")
        # The client library's own method would make a dict of each line.
        pipe.execute_command(  # type: ignore[no-untyped-call]
            "CLIENT", "LIST", *words
        )
        pipe.info("commandstats")
        sent = time.time()
        before, listed, after = pipe.execute(raise_on_error=False)
        got = self.heard = time.time()
        if not whole and isinstance(listed, redis.ResponseError) and "permission" not in str(listed):
            # Before Redis 6.2 there is no ID.
            self._by_id = False
            return self._look(client, own, asked, True)
        for answer in (before, listed, after):
            if isinstance(answer, Exception):
                raise answer
        data = listed.encode() if isinstance(listed, str) else cast("bytes", listed)
        found = {each.id: each for each in parse(data, {own, *asked})}
        if own not in found:
            raise ConnectionError("the connection was lost")
        look = Look(sent, got, found[own].age, counts_of(before), counts_of(after), found)
        return look, may_prune(after), len(data)

    def _count(self, look: Look) -> None:
        count = sum(1 for each in look.connections.values() if each.command == "brpop" and each.db == self.db)
        if count != self.consumers:
            self.consumers = count
            self.emit(Consumers(at=look.got, seen=look.got, count=count))

"""Which deployments are on a server, found within limits and without writing: from heartbeats, which are
heard across dbs, from binding tables, and from SCAN, never KEYS."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import redis

from lab.watch import facts
from lab.watch.broker.address import glob_escaped
from lab.watch.broker.cause import trouble
from lab.watch.broker.connection import Address, connect, ping
from lab.watch.broker.layout import EVENT_EXCHANGE, SEP
from lab.watch.sources.decoding import BadEvent, decode
from lab.watch.sources.discovery.bindings import (
    PIDBOX,
    TABLE,
    bound,
    event_channel,
    holds_messages,
    name,
    separator,
    table,
)
from lab.watch.sources.discovery.deployment import Discovery, Found

CHANNELS = ("*/worker.heartbeat", "*/worker.online", f"*{EVENT_EXCHANGE}")
"""Where heartbeats come, and before them the word that a worker is up; also those of an event exchange of
another name, or without a routing key."""

HEARTBEATS = "heartbeats"
"""What may be refused first."""

ENOUGH = 2.5
"""Seconds after which every living worker was heard: they beat every two (`celery.worker.heartbeat`)."""

SCAN_COUNT, SCAN_CALLS = 1_000, 300
"""Keys that one SCAN looks at, some 0.3 ms of the server, and how many calls there may be in all."""

FOUND_MOST, NAMES_MOST, MEMBERS_MOST, QUEUES_MOST, WORKERS_MOST, DBS_MOST = 64, 2_000, 1_000, 512, 1_000, 16
"""Deployments; keys of one pattern; members of one table; queues and workers of one deployment; dbs."""

STEPS = range(1, 10)
"""Priorities whose lists are asked for by name; SCAN finds others while they hold messages."""


def discover(address: str | Address, seconds: float = 4.0, *, scan: bool = True) -> Discovery:
    """Look and listen for at most about `seconds`; without `scan` only listen. Raises `redis.RedisError`
    where the server cannot be reached, and nothing where it refuses: that is named."""
    if isinstance(address, str):
        address = Address.from_url(address)
    return _Search(address, seconds).run(scan)


class _Search:
    """One search, with what is left of its limits."""

    def __init__(self, address: Address, seconds: float) -> None:
        self.address, self.until = address, time.monotonic() + seconds
        self.calls = SCAN_CALLS
        self.result = Discovery()
        self.places: dict[tuple[int, str], Found] = {}

    def run(self, scan: bool) -> Discovery:
        begun = time.monotonic()
        self.calls = SCAN_CALLS if scan else 0
        client = connect(self.address)
        try:
            ping(client)
            with client.pubsub() as channels:  # type: ignore[no-untyped-call]
                channels.psubscribe(*CHANNELS)
                for db in self._dbs(client) if scan else ():
                    self._look(db)
                while (left := self.until - time.monotonic()) > 0 and HEARTBEATS not in self.result.refused:
                    if self.places and time.monotonic() - begun > ENOUGH:
                        break
                    wait = min(left, 0.2)
                    self._hear(self._may(HEARTBEATS, lambda: channels.get_message(timeout=wait)))  # noqa: B023
        finally:
            client.close()
        found = [each for each in self.places.values() if each.how]
        self.result.found = sorted(found, key=lambda each: (-len(each.workers), each.db, each.prefix))
        return self.result

    def _may(self, what: str, look: Callable[[], Any]) -> Any:
        """What the server answers; None where it refuses, which is noted."""
        try:
            return look()
        except redis.ResponseError as error:
            self.result.refused.setdefault(what, trouble(error, self.address))
            return None

    def _place(self, db: int, prefix: str) -> Found | None:
        if (db, prefix) not in self.places and len(self.places) >= FOUND_MOST:
            self.result.complete = False
            return None
        return self.places.setdefault((db, prefix), Found(db, prefix))

    def _hear(self, message: dict[str, Any] | None) -> None:
        if message is None or message["type"] != "pmessage":
            return
        channel = event_channel(name(message["channel"]))
        try:
            told = list(decode(message["data"], time.time())) if channel else []
        except BadEvent:
            return
        workers = {fact.worker for fact in told if isinstance(fact, facts.WorkerFact)}
        if channel is None or not workers:
            return
        # A channel that names no db is heard from each of them: it is taken for the one that was asked for.
        db = self.address.db if channel.db is None else channel.db
        if place := self._place(db, channel.prefix):
            if "heartbeat" not in place.how:
                # What a scan with its limits did not come to is looked up by its name.
                usual = [f"{channel.prefix}{TABLE}{each}" for each in ("celery", "celery.pidbox")]
                with self._client(db) as client:
                    self._read(client, place, usual)
            place.how.add("heartbeat")
            place.event_exchange, place.fanout = channel.exchange, channel.fanout
            if len(place.workers) < WORKERS_MOST:
                place.workers |= workers

    def _dbs(self, client: redis.Redis) -> list[int]:
        """The db that was asked for, and the others that hold keys."""
        keyspace = self._may("which dbs hold keys", lambda: client.info("keyspace")) or {}
        numbers = [int(each[2:]) for each in keyspace if each[2:].isdecimal()]
        dbs = list(dict.fromkeys([self.address.db, *numbers]))
        self.result.complete = len(dbs) <= DBS_MOST
        return dbs[:DBS_MOST]

    def _look(self, db: int) -> None:
        with self._client(db) as client:
            tables = list(self._scan(client, f"*{TABLE}*"))
            for prefix in dict.fromkeys(each[0] for key in tables if (each := table(key))):
                if place := self._place(db, prefix):
                    self._read(client, place, [key for key in tables if (table(key) or ("",))[0] == prefix])
            for key in self._scan(client, "*unacked*"):
                if time.monotonic() > self.until:
                    self.result.complete = False
                    break
                self._unacked(client, db, key)

    @contextlib.contextmanager
    def _client(self, db: int) -> Iterator[redis.Redis]:
        """A client of another db. One that cannot be chosen is noted: a channel may name any."""
        client = connect(replace(self.address, db=db))
        try:
            yield client
        except redis.RedisError as error:
            self.result.refused.setdefault(f"db {db}", trouble(error, self.address))
        finally:
            client.close()

    def _scan(self, client: redis.Redis, pattern: str) -> Iterator[str]:
        cursor, count = 0, 0
        while True:
            if self.calls <= 0 or count >= NAMES_MOST or time.monotonic() > self.until:
                self.result.complete = False
                return
            self.calls -= 1
            at = cursor
            answer = self._may("all keys", lambda: client.scan(at, match=pattern, count=SCAN_COUNT))  # noqa: B023
            if answer is None:
                return
            cursor, keys = answer
            for key in keys:
                if text := name(key):
                    count += 1
                    yield text
            if not cursor:
                return

    def _read(self, client: redis.Redis, place: Found, tables: list[str]) -> None:
        """What a deployment's binding tables say."""
        members = {}
        for key in tables:
            exchange = (table(key) or ("", ""))[1]
            # Replies are bound for seconds, by anybody, and say nothing.
            if not exchange.startswith("reply."):
                what = f"{key} on db {place.db}"
                answer = self._may(what, lambda: client.sscan(key, 0, count=MEMBERS_MOST)[1]) or []  # noqa: B023
                members[exchange] = [text for each in answer[:MEMBERS_MOST] if (text := name(each))]
        if not any(members.values()):
            return
        place.how.add("bindings")
        place.sep = separator(each for some in members.values() for each in some) or place.sep
        for exchange, some in members.items():
            for queue in bound(some, place.sep or SEP):
                if exchange.endswith(PIDBOX) and len(place.workers) < WORKERS_MOST:
                    place.workers.add(queue.removesuffix(f".{exchange}"))
                elif holds_messages(exchange, queue) and len(place.queues) < QUEUES_MOST:
                    place.queues.setdefault(queue, [queue])
        self._priorities(client, place)
        self._unacked(client, place.db, f"{place.prefix}unacked")

    def _priorities(self, client: redis.Redis, place: Found) -> None:
        """Add to each queue the lists of its priorities that are there."""
        sep = place.sep or SEP
        names = [f"{queue}{sep}{step}" for queue in place.queues for step in STEPS]
        there = set()
        for start in range(0, len(names), 1_000):
            some = names[start : start + 1_000]
            pipe = client.pipeline(transaction=False)
            for each in some:
                pipe.type(place.prefix + each)
            kinds = self._may("lists of priorities", pipe.execute) or []
            there |= {each for each, kind in zip(some, kinds, strict=False) if kind == b"list"}
        pattern = f"{glob_escaped(place.prefix)}*{glob_escaped(sep)}[0-9]*"
        there |= {key.removeprefix(place.prefix) for key in self._scan(client, pattern)}
        for queue, lists in place.queues.items():
            begin = queue + sep
            steps = {each.removeprefix(begin) for each in there if each.startswith(begin)}
            lists[1:] = [f"{begin}{step}" for step in sorted(filter(str.isdecimal, steps), key=int)]

    def _unacked(self, client: redis.Redis, db: int, key: str) -> None:
        """Take a key, if it is a hash, for the unacked messages of the deployment whose prefix it has."""
        if self._may(f"the type of {key}", lambda: client.type(key)) != b"hash":
            return
        prefixes = [prefix for at, prefix in self.places if at == db and key.startswith(prefix)]
        standard = key.endswith("unacked")
        prefix = key.removesuffix("unacked") if standard else max(prefixes, key=len, default=None)
        if prefix is not None and (place := self._place(db, prefix)):
            place.unacked = key
            place.how.add("unacked")

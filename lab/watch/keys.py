"""The broker's keys, read by a thread whose cost does not depend on the backlog.

Every read has a limit: the head of the index (redelivered next), its tail past a watermark (new messages
and pops again land there), and the entries that were shown before. `ZRANGE` and `ZREVRANGEBYSCORE` are
never used: their counts in `INFO commandstats` are how the workers' sweeps are seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import redis

from lab.watch import facts
from lab.watch.address import connect
from lab.watch.payload import BadPayload, decode
from lab.watch.source import Source

PERIOD = 0.2
"""Seconds between two reads: a sweep is seen in the counters to within this."""

HEAD = 200
"""Entries read at the head of the index, the oldest scores."""

TAIL = 500
"""Entries read past the watermark; at five reads a second this follows 2,500 pops a second."""

FOLLOWED = 1_000
"""Entries asked for by name in every read; the longest followed give way to newer ones."""

OVERLAP = 2.0
"""Seconds that the watermark lags behind the newest score, beyond the widest clock skew seen: scores are
written with the popping workers' clocks, so a later one may be lower."""

LARGEST = 65_536
"""Bytes of a payload that are still read; a larger one is counted as unreadable."""

QUEUES = 16
"""Queues whose lengths are read."""

PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""Kombu keeps a list for each priority step (`kombu.transport.redis:Channel._q_for_pri`)."""

SWEEP_COMMANDS = ("cmdstat_zrange", "cmdstat_zrevrangebyscore")
"""What a sweep calls once: kombu from 5.7 on, and before (`kombu.transport.redis:QoS.restore_visible`)."""


class Keys(Source):
    """The reader thread over `unacked`, its index, its mutex, the queues and the server's counters."""

    name = "keys"

    def __init__(self, url: str, prefix: str, emit: Callable[[facts.AnyFact], None]) -> None:
        super().__init__(url, emit)
        self.prefix = prefix
        self.hash = f"{prefix}unacked"
        self.index = f"{prefix}unacked_index"
        self.mutex = f"{prefix}unacked_mutex"
        self.followed: dict[str, float] = {}
        self.named: set[str] = set()
        self.queues: dict[str, None] = {"celery": None}
        self.mark: float | None = None
        self.skew = 0.0
        self.sweeps: tuple[float, int] | None = None
        self.run_id = self.version = ""
        self.said = False

    def listen(self) -> None:
        client = connect(self.url)
        try:
            info: dict[str, Any] = client.info("server")
            name = "Valkey" if "valkey_version" in info else "Redis"
            self.version = f"{name} {info.get('valkey_version') or info.get('redis_version') or '?'}"
            self.run_id = info["run_id"]
            self.connected()
            self.said, self.sweeps = False, None
            due = time.monotonic()
            while not self.stopping.is_set():
                self._read(client)
                # A slow read must not pile up reads behind it.
                due = max(due + PERIOD, time.monotonic())
                self.stopping.wait(due - time.monotonic())
        finally:
            client.close()

    def _read(self, client: redis.Redis) -> None:
        before = time.time()
        asked = list(self.followed)
        pipe = client.pipeline(transaction=False)
        pipe.info("server")
        pipe.time()
        pipe.info("commandstats")
        pipe.hlen(self.hash)
        pipe.zcard(self.index)
        pipe.exists(self.mutex)
        pipe.zrangebyscore(self.index, "-inf", "+inf", start=0, num=HEAD, withscores=True)
        past = f"({self.mark!r}" if self.mark is not None else f"({before - OVERLAP!r}"
        pipe.zrangebyscore(self.index, past, "+inf", start=0, num=TAIL, withscores=True)
        pipe.zcount(self.index, past, "+inf")
        pipe.zmscore(self.index, asked or ["-"])
        for queue in self.queues:
            for step in PRIORITIES:
                pipe.llen(f"{self.prefix}{queue}{step}")
        server, clock, stats, held, indexed, mutex, head, tail, beyond, scores, *lengths = pipe.execute()
        if server["run_id"] != self.run_id:
            # The client library connects again without a word, even to a server that lost everything.
            raise ConnectionError("the server was restarted")
        now = time.time()
        at = clock[0] + clock[1] / 1e6
        self._skewed(at - (before + now) / 2, at, now)
        self._count_sweeps(stats, at, now)
        self._follow(asked, scores, head, tail, before, now)
        unread = max(0, int(beyond) - len(tail))
        self._move_mark(tail, unread, now)
        self._name(client, now)
        self.emit(
            facts.Totals(
                at=at,
                seen=now,
                unacked=held,
                index=indexed,
                queued=sum(lengths),
                unread=unread,
                mutex=bool(mutex),
            )
        )

    def _skewed(self, skew: float, at: float, now: float) -> None:
        if not self.said or abs(skew - self.skew) > 0.05:
            self.said, self.skew = True, skew
            self.emit(facts.Server(at=at, seen=now, run_id=self.run_id, version=self.version, skew=skew))

    def _count_sweeps(self, stats: dict[str, Any], at: float, now: float) -> None:
        calls = sum(int(stats.get(command, {}).get("calls", 0)) for command in SWEEP_COMMANDS)
        if self.sweeps and calls > self.sweeps[1]:
            self.emit(facts.Swept(at=at, seen=now, since=self.sweeps[0], count=calls - self.sweeps[1]))
        self.sweeps = (at, calls)

    def _follow(
        self,
        asked: list[str],
        scores: list[float | None],
        head: list[tuple[bytes, float]],
        tail: list[tuple[bytes, float]],
        before: float,
        now: float,
    ) -> None:
        """Turn what the index says into facts: pops where a score is new, leavings where one is gone."""
        found = dict(zip(asked, scores, strict=False)) if asked else {}
        for tag, score in found.items():
            if score is None:
                del self.followed[tag]
                self.named.discard(tag)
                # The time before the read: a pop that came after it has a later score.
                self.emit(facts.Left(at=before, seen=now, tag=tag))
            else:
                self._pop(tag, float(score), now)
        oldest_first = [*head, *tail]
        for raw, score in oldest_first:
            self._pop(raw.decode(errors="replace"), float(score), now)
        shown = {raw.decode(errors="replace") for raw, _ in head}
        for tag in [tag for tag in self.followed if tag not in shown]:
            if len(self.followed) <= FOLLOWED:
                break
            del self.followed[tag]
            self.named.discard(tag)
            self.emit(facts.Unwatched(at=now, seen=now, tag=tag))

    def _pop(self, tag: str, score: float, now: float) -> None:
        if self.followed.get(tag) != score:
            # Popped again: it moves to the end, so that the longest unmoved gives way first.
            self.followed.pop(tag, None)
            self.followed[tag] = score
            self.emit(facts.Popped(at=score, seen=now, tag=tag))

    def _move_mark(self, tail: list[tuple[bytes, float]], unread: int, now: float) -> None:
        """Past what was read, less the overlap. Where more comes than is read, jump to the newest: what
        was cut off is counted in `Totals`, and a new message still shows at once."""
        newest = max((float(score) for _, score in tail), default=self.mark or 0.0)
        overlap = OVERLAP + abs(self.skew)
        lag = now + self.skew - overlap
        self.mark = lag if unread else max(self.mark or 0.0, min(newest, now + self.skew) - overlap, lag - 60)

    def _name(self, client: redis.Redis, now: float) -> None:
        """Read the payloads of entries seen for the first time, the newest first, within the limits."""
        new = [tag for tag in reversed(self.followed) if tag not in self.named][:TAIL]
        if not new:
            return
        pipe = client.pipeline(transaction=False)
        for tag in new:
            pipe.hstrlen(self.hash, tag)
        sizes = dict(zip(new, pipe.execute(), strict=True))
        self.named.update(new)
        for tag in [tag for tag in new if sizes[tag] > LARGEST]:
            why = f"an unacked entry of {sizes[tag]:,} bytes, more than is read"
            self.emit(facts.Unreadable(at=now, seen=now, source=self.name, why=why))
        small = [tag for tag in new if 0 < sizes[tag] <= LARGEST]
        # An entry that was acknowledged meanwhile is gone; its events tell of it.
        for tag, data in zip(small, self._values(client, small), strict=True):
            if data is not None:
                self._payload(tag, data, now)

    def _values(self, client: redis.Redis, tags: list[str]) -> list[bytes | None]:
        return cast("list[bytes | None]", client.hmget(self.hash, tags)) if tags else []

    def _payload(self, tag: str, data: bytes, now: float) -> None:
        try:
            payload = decode(tag, self.followed[tag], data, now)
        except BadPayload as bad:
            self.emit(facts.Unreadable(at=now, seen=now, source=self.name, why=str(bad)))
            return
        if payload.queue and len(self.queues) < QUEUES:
            self.queues.setdefault(payload.queue)
        self.emit(payload)

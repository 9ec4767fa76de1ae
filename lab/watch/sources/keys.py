"""The broker's keys, read by a thread whose cost does not depend on the backlog.

A reading is one pipeline of a fixed number of commands, each with a limit: the head of the index (redelivered
next), what came past the newest score seen (new messages and pops again land there), the seconds before that
score (pops of workers whose clocks are behind), and the entries that were shown before. Up to 2,500 pops a
second every new entry is in the next reading; beyond that the newest are read, and the rest is counted.

It is always five readings a second, each with an `INFO commandstats`, whatever is or is not shown: that is
how closely a sweep is seen. `ZRANGE` and `ZREVRANGEBYSCORE` are never used: their counts there are how the
workers' sweeps are seen.

Every time but a score is the observer's clock; a score is the popping worker's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import redis

from lab.watch import facts
from lab.watch.sources.address import connect
from lab.watch.sources.following import Following
from lab.watch.sources.payload import BadPayload, decode
from lab.watch.sources.source import Source
from lab.watch.sources.watermark import Watermark

PERIOD = 0.2
"""Seconds between two reads: a sweep is seen in the counters to within this."""

HEAD = 200
"""Entries read at the head of the index, the oldest scores."""

TAIL = 500
"""Entries read past the newest score, and as many before it; at five readings a second this follows 2,500
pops a second."""

LARGEST = 65_536
"""Bytes of a payload that are still read; a larger one is counted as unreadable."""

QUEUES = 16
"""Queues whose lengths are read."""

REFUSED = 1_000
"""Routing keys that name no queue and are known as such."""

PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""Kombu keeps a list for each priority step (`kombu.transport.redis:Channel._q_for_pri`)."""

SWEEP_COMMANDS = ("cmdstat_zrange", "cmdstat_zrevrangebyscore")
"""What a sweep calls once: kombu from 5.7 on, and before (`kombu.transport.redis:QoS.restore_visible`)."""


FIXED = 11
"""Commands of a reading before those that ask for the length of each queue."""


class Keys(Source):
    """The reader thread over `unacked`, its index, its mutex, the queues and the server's counters."""

    name = "keys"

    def __init__(self, url: str, prefix: str, emit: Callable[[facts.AnyFact], None]) -> None:
        super().__init__(url, emit)
        self.prefix = prefix
        self.hash = f"{prefix}unacked"
        self.index = f"{prefix}unacked_index"
        self.mutex = f"{prefix}unacked_mutex"
        self.following = Following(emit)
        self.queues: dict[str, None] = {"celery": None}
        self.refused: set[str] = set()
        """Routing keys that name no queue."""
        self.watermark: Watermark | None = None
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
        watermark = self.watermark = self.watermark or Watermark(before)
        asked = list(self.following.scores)
        pipe = client.pipeline(transaction=False)
        pipe.info("server")
        pipe.time()
        pipe.info("commandstats")
        pipe.hlen(self.hash)
        pipe.zcard(self.index)
        pipe.exists(self.mutex)
        pipe.zrangebyscore(self.index, "-inf", "+inf", start=0, num=HEAD, withscores=True)
        past = f"({watermark.newest!r}"
        pipe.zrangebyscore(self.index, past, "+inf", start=0, num=TAIL, withscores=True)
        pipe.zcount(self.index, past, "+inf")
        pipe.zrangebyscore(
            self.index, f"({watermark.again!r}", watermark.newest, start=0, num=TAIL, withscores=True
        )
        pipe.zmscore(self.index, asked or ["-"])
        for queue in self.queues:
            for step in PRIORITIES:
                pipe.llen(f"{self.prefix}{queue}{step}")
        answers = pipe.execute(raise_on_error=False)
        lengths = answers[FIXED:]
        for answer in answers[:FIXED]:
            if isinstance(answer, Exception):
                raise answer
        server, clock, stats, held, indexed, mutex, head, tail, beyond, late, scores = answers[:FIXED]
        if server["run_id"] != self.run_id:
            # The client library connects again without a word, even to a server that lost everything.
            raise ConnectionError("the server was restarted")
        now = self.heard = time.time()
        self._skewed(watermark, clock[0] + clock[1] / 1e6 - (before + now) / 2, now)
        self._count_sweeps(stats, before, now)
        # The order of the pipeline: the scores that were asked for by name are the last word.
        self.following.index(head, tail, late, now)
        self.following.answers(asked, scores, before, now)
        self.following.give_way(head, now)
        queued = self._queued(lengths)
        unread = max(0, int(beyond) - len(tail))
        watermark.move(tail, late, TAIL, unread > 0, before, now)
        self._name(client, now)
        self.emit(
            facts.Totals(
                at=now,
                seen=now,
                unacked=held,
                index=indexed,
                queued=queued,
                unread=unread,
                mutex=bool(mutex),
            )
        )

    def _queued(self, lengths: list[Any]) -> int:
        """Messages that wait in all queues. A routing key out of a payload may name a key that is no list:
        it is not asked for again."""
        total = 0
        for queue, first in zip(list(self.queues), range(0, len(lengths), len(PRIORITIES)), strict=True):
            answers = lengths[first : first + len(PRIORITIES)]
            if any(isinstance(answer, Exception) for answer in answers):
                del self.queues[queue]
                if len(self.refused) < REFUSED:
                    self.refused.add(queue)
            else:
                total += sum(answers)
        return total

    def _skewed(self, watermark: Watermark, skew: float, now: float) -> None:
        if not self.said or abs(skew - watermark.skew) > 0.05:
            self.said, watermark.skew = True, skew
            self.emit(facts.Server(at=now, seen=now, run_id=self.run_id, version=self.version, skew=skew))

    def _count_sweeps(self, stats: dict[str, Any], before: float, now: float) -> None:
        """A sweep that is counted now came after the reading before was sent, and before this answer."""
        calls = sum(int(stats.get(command, {}).get("calls", 0)) for command in SWEEP_COMMANDS)
        if self.sweeps and calls > self.sweeps[1]:
            self.emit(facts.Swept(at=now, seen=now, since=self.sweeps[0], count=calls - self.sweeps[1]))
        self.sweeps = (before, calls)

    def _name(self, client: redis.Redis, now: float) -> None:
        """Read the payloads of entries seen for the first time, the newest first, within the limits."""
        new = self.following.unnamed(TAIL)
        if not new:
            return
        pipe = client.pipeline(transaction=False)
        for tag in new:
            pipe.hstrlen(self.hash, tag)
        sizes = dict(zip(new, pipe.execute(), strict=True))
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
            payload = decode(tag, self.following.scores[tag], data, now)
        except BadPayload as bad:
            self.emit(facts.Unreadable(at=now, seen=now, source=self.name, why=str(bad)))
            return
        if payload.queue and payload.queue not in self.refused and len(self.queues) < QUEUES:
            self.queues.setdefault(payload.queue)
        self.emit(payload)

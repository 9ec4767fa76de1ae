"""The broker's keys, read by a thread whose cost does not depend on the backlog.

A reading is one pipeline of a fixed number of commands, each with a limit: the head of the index (redelivered
next), what came past the newest score seen (new messages and pops again land there), the seconds before that
score (pops of workers whose clocks are behind), and the entries that were shown before. Up to 2,500 pops a
second every new entry is in the next reading; beyond that the newest are read, and the rest is counted.

It is always five readings a second, each with an `INFO commandstats`, whatever is or is not shown: that is
how closely a sweep is seen. `ZRANGE` and `ZREVRANGEBYSCORE` are never used: their counts there are how the
workers' sweeps are seen.

What a server refuses, or does not know, costs what it gives and no more, and is said (`Unknown`). Every time
but a score is the observer's clock; a score is the popping worker's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import redis

from lab.watch import facts
from lab.watch.broker.connection import Address, connect
from lab.watch.broker.layout import Layout
from lab.watch.sources.access import Access
from lab.watch.sources.keys.counted_sweeps import CountedSweeps
from lab.watch.sources.keys.depths import Depths
from lab.watch.sources.keys.following import Following
from lab.watch.sources.keys.identity import Identity
from lab.watch.sources.keys.memory_use import MemoryUse
from lab.watch.sources.keys.payload import Payloads
from lab.watch.sources.keys.removals import Removals
from lab.watch.sources.keys.seeking import Seeking
from lab.watch.sources.keys.watermark import Watermark
from lab.watch.sources.source import RESTARTED, Source

PERIOD = 0.2
"""Seconds between two reads: a sweep is seen in the counters to within this."""

HEAD = 200
"""Entries read at the head of the index, the oldest scores."""

TAIL = 500
"""Entries read past the newest score, and as many before it; at five readings a second this follows 2,500
pops a second."""

HELD = "how many messages are unacked"
MUTEX = "whether a sweep holds the mutex"


class Answers(NamedTuple):
    """What a reading always asks for; each may be the server's refusal (`redis.ResponseError`) instead."""

    server: Any
    clock: Any
    stats: Any
    held: Any
    indexed: Any
    mutex: Any
    head: Any
    tail: Any
    beyond: Any
    late: Any


class Keys(Source):
    """The reader thread over `unacked`, its index, its mutex, the queues and the server's counters."""

    name = "keys"

    def __init__(
        self, url: str | Address, layout: Layout | str, emit: Callable[[facts.AnyFact], None]
    ) -> None:
        super().__init__(url, emit)
        self.layout = Layout.under(layout)
        self.access = Access(self.name, self.address, emit)
        self.identity = Identity(self.access, emit)
        self.sweeps = CountedSweeps(self.access, emit)
        self.memory_use = MemoryUse(self.access, emit)
        self.following = Following(emit)
        self.payloads = Payloads(self.layout.unacked, self.following, self.access, emit)
        self.depths = Depths(self.layout, self.access)
        self.seeking = Seeking(self.layout, self.access, emit)
        self.removals = Removals()
        self.watermark: Watermark | None = None
        self.totals = facts.Totals(at=0.0)
        """The last ones: a size that is unknown stays what it was."""
        self.zmscore = True
        """Whether the server knows it (Redis 6.2) and permits it."""

    def listen(self) -> None:
        client = connect(self.address)
        try:
            self.identity.forget()
            self.sweeps.forget()
            self.memory_use.forget()
            self.seeking.begin_anew()
            self.zmscore = True
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
        lists = self.depths.lists(before)
        pipe = client.pipeline(transaction=False)
        self._ask(pipe, watermark)
        if self.zmscore:
            pipe.zmscore(self.layout.index, asked or ["-"])
        else:
            for tag in asked:
                pipe.zscore(self.layout.index, tag)
        lengths_at = len(pipe)
        for name in lists:
            pipe.llen(name)
        identity_at = len(pipe)
        self.identity.ask(pipe, before)
        memory_at = len(pipe)
        self.memory_use.ask(pipe, before)
        found: list[Any] = pipe.execute(raise_on_error=False)
        now = time.time()
        if broken := next((answer for answer in found if _no_answer(answer)), None):
            raise broken
        fixed = len(Answers._fields)
        answers = Answers(*found[:fixed])
        if all(isinstance(answer, redis.ResponseError) for answer in answers):
            # Nothing at all may be read: that is no connection.
            raise answers.held
        if self._connected_at is None:
            if self.identity.other(answers.server):
                self._deaf_why = RESTARTED
            self.connected()
        self.heard = now
        middle, more = (before + now) / 2, found[identity_at:memory_at]
        watermark.skew = self.identity.told(answers.server, answers.clock, more, middle, now)
        self.sweeps.told(answers.stats, before, now)
        server = self.identity.server
        self.removals.told(answers.stats, server.run_id, server.saved, appends=self.identity.appends)
        self.memory_use.told(found[memory_at:], now)
        index = (answers.indexed, answers.head, answers.tail, answers.beyond, answers.late)
        if self.access.granted(facts.POPS, now, *index):
            self._follow(client, answers, asked, found[fixed:lengths_at], before, now)
            unread = answers.beyond > len(answers.tail)
            watermark.move(answers.tail, answers.late, TAIL, unread, before, now)
        queued = self.depths.total(found[lengths_at:identity_at], now)
        for payload in self.payloads.read(client, now):
            self.depths.found(payload.queue)
            self.emit(payload)
        self._total(answers, queued, now)
        self.seeking.read(client, now)

    def _ask(self, pipe: Any, watermark: Watermark) -> None:
        """The commands of `Answers`, in its order."""
        index, past = self.layout.index, f"({watermark.newest!r}"
        pipe.info("server")
        pipe.time()
        pipe.info("commandstats")
        pipe.hlen(self.layout.unacked)
        pipe.zcard(index)
        pipe.exists(self.layout.mutex)
        pipe.zrangebyscore(index, "-inf", "+inf", start=0, num=HEAD, withscores=True)
        pipe.zrangebyscore(index, past, "+inf", start=0, num=TAIL, withscores=True)
        pipe.zcount(index, past, "+inf")
        again = f"({watermark.again!r}"
        pipe.zrangebyscore(index, again, watermark.newest, start=0, num=TAIL, withscores=True)

    def _follow(
        self,
        client: redis.Redis,
        of: Answers,
        asked: list[str],
        scores: list[Any],
        before: float,
        now: float,
    ) -> None:
        # The order of the pipeline: the scores that were asked for by name are the last word.
        self.following.index(of.head, of.tail, of.late, now)
        if self.zmscore and isinstance(scores[0], redis.ResponseError):
            # From the next reading on each is asked for by itself.
            self.zmscore = False
        elif self.access.granted(facts.LEAVES, now, *scores):
            self._gone(client, of, asked, scores[0] if self.zmscore else scores, before, now)
        self.following.give_way(of.head, now)

    def _gone(
        self,
        client: redis.Redis,
        of: Answers,
        asked: list[str],
        scores: list[float | None],
        before: float,
        now: float,
    ) -> None:
        """What was asked for by name, and what of it is gone."""
        found = zip(asked, scores, strict=False)
        gone = sum(score is None and tag in self.following.scores for tag, score in found)
        if why := self.removals.why_gone(client, gone, of.indexed) if gone else "":
            self._lost(why, gone, now)
        self.following.answers(asked, scores, before, now, lost=bool(why))

    def _lost(self, why: str, count: int, now: float) -> None:
        since = self.totals.at or now
        self.emit(facts.DataLost(at=now, seen=now, since=since, count=count, why=why))

    def _total(self, of: Answers, queued: int, now: float) -> None:
        last = self.totals
        held = self.access.granted(HELD, now, of.held)
        mutex = self.access.granted(MUTEX, now, of.mutex)
        index = not isinstance(of.indexed, redis.ResponseError)
        read = not isinstance(of.beyond, redis.ResponseError) and not isinstance(of.tail, redis.ResponseError)
        waited = last.queued and not (last.unacked or last.index)
        if waited and held and index:
            empty = not (queued or of.held or of.indexed)
            if why := self.removals.why_emptied(empty=empty):
                self._lost(why, 0, now)
        self.totals = facts.Totals(
            at=now,
            seen=now,
            unacked=of.held if held else last.unacked,
            index=of.indexed if index else last.index,
            queued=queued,
            unread=max(0, of.beyond - len(of.tail)) if read else last.unread,
            mutex=bool(of.mutex) if mutex else last.mutex,
        )
        self.emit(self.totals)


def _no_answer(answer: Any) -> bool:
    """Whether the client library takes it for a lost connection, as of a server that loads its data."""
    return isinstance(answer, Exception) and not isinstance(answer, redis.ResponseError)

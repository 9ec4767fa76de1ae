"""Celery's events, heard by a receiver thread that writes nothing.

It speaks the event protocol itself, over a raw PSUBSCRIBE: Celery's own `Receiver` declares a queue, which
writes `_kombu.binding.*` keys to the broker, and costs almost three times the CPU for each event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import redis

from lab.watch import facts
from lab.watch.broker.cause import HALF_OPEN
from lab.watch.broker.connection import Address, connect
from lab.watch.broker.layout import BEFORE_5_4, Layout
from lab.watch.sources.access import Access
from lab.watch.sources.channel import Channel
from lab.watch.sources.decoding import BadEvent, decode
from lab.watch.sources.output_limit import OutputLimit
from lab.watch.sources.source import Source

WAIT = 0.25
"""Seconds that one read waits for an event before the thread looks whether to stop."""

GATHER = 0.05
"""Seconds until the next read after one that brought something: waking up costs more than an event. Half of
what passes between two looks of the screen."""

PING_EVERY = 0.75
"""Seconds of silence until the connection is asked whether it still stands."""

ANSWERS_WITHIN = 1.5
"""Seconds that it has to answer until it is called half-open; with the silence before, within three."""

GIVEN_UP = 10.0
"""Seconds until a half-open connection is given up: a server that only stood still says then all that it did
not say before, so that nothing is missed."""

NO_ANSWER = f"no answer within {ANSWERS_WITHIN:g} s"

EVENTS = "what workers say: what they received, started and ended, and their heartbeats"


class Events(Source):
    """The receiver thread: every event of every worker on one db, under one key prefix."""

    name = "events"

    def __init__(
        self, url: str | Address, layout: Layout | str, emit: Callable[[facts.AnyFact], None]
    ) -> None:
        super().__init__(url, emit)
        layout = Layout.under(layout)
        self.access = Access(self.name, self.address, emit)
        self._limit = OutputLimit()
        self.patterns = [layout.event_pattern(self.address.db)]
        if self.address.sentinels and layout.fanout_prefix is True:
            self.patterns.append(replace(layout, fanout_prefix=BEFORE_5_4).event_pattern(self.address.db))

    def listen(self) -> None:
        client = connect(self.address)
        try:
            self._deaf_why = self._limit.explained(client, self._deaf_why)
            channel = Channel(client)
            try:
                for pattern in self.patterns:
                    channel.subscribe(pattern)
                self._hear_all(channel)
            finally:
                channel.close()
        except redis.exceptions.NoPermissionError as error:
            self.access.granted(EVENTS, time.time(), error)
            raise
        finally:
            client.close()

    def _hear_all(self, channel: Channel) -> None:
        subscribed, since = False, time.monotonic()
        asked: float | None = None
        """When it was asked whether it still stands."""
        silent = False
        while not self.stopping.is_set():
            replies = channel.read(WAIT)
            if not replies:
                now = time.monotonic()
                if asked is None and now - since >= PING_EVERY:
                    channel.ping()
                    asked = now
                elif asked is not None and now - asked >= GIVEN_UP:
                    raise TimeoutError
                elif asked is not None and now - asked >= ANSWERS_WITHIN and not silent:
                    # A connection that was cut without a word takes whatever is written to it.
                    self.silent(f"{HALF_OPEN}: {NO_ANSWER}")
                    silent = True
                continue
            if silent and subscribed:
                self.heard_again()
            silent = False
            now = self.heard = time.time()
            asked, since = None, time.monotonic()
            for reply in replies:
                if isinstance(reply, redis.ResponseError):
                    # A second pattern is for old workers, where there are any.
                    if not subscribed:
                        raise reply
                elif reply[0] == b"pmessage":
                    self._hear(reply[-1], now)
                elif reply[0] == b"psubscribe" and not subscribed:
                    subscribed = True
                    self.connected()
                    self.access.granted(EVENTS, now)
            if channel.exhausted:
                time.sleep(GATHER)

    def _hear(self, data: bytes, now: float) -> None:
        try:
            for fact in decode(data, now):
                self.emit(fact)
        except BadEvent as bad:
            self.emit(facts.Unreadable(at=now, seen=now, source=self.name, why=str(bad)))

"""Celery's events, heard by a receiver thread that writes nothing.

It speaks the event protocol itself, over a raw PSUBSCRIBE: Celery's own `Receiver` declares a queue, which
writes `_kombu.binding.*` keys to the broker, and costs almost three times the CPU for each event.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis

from lab.watch import facts
from lab.watch.bounds import absurd, plausible
from lab.watch.broker.connection import Address, connect
from lab.watch.broker.layout import BEFORE_5_4, Layout
from lab.watch.sources.access import Access
from lab.watch.sources.source import Source

WAIT = 0.25
"""Seconds that one read waits for an event before the thread looks whether to stop."""

PING_EVERY = 10.0
"""Seconds of silence until the connection is asked whether it still stands; it has as many to answer."""

LONGEST = 200
"""Characters kept of any text from the wire."""

EVENTS = "what workers say: what they received, started and ended, and their heartbeats"


class Envelope(msgspec.Struct):
    """What kombu publishes on a fanout channel: a message whose body is base64."""

    body: str


class Event(msgspec.Struct):
    """One event, as far as it matters here (`celery.events`, `celery.worker.request`)."""

    type: str
    timestamp: float
    hostname: str = ""
    pid: int = 0
    clock: int = 0
    uuid: str = ""
    name: str | None = ""
    args: str | None = ""
    eta: str | None = None
    retries: int | None = 0
    queue: str | None = ""
    runtime: float | None = 0.0
    exception: str | None = ""
    requeue: bool | None = False
    expired: bool | None = False
    terminated: bool | None = False
    freq: float | None = 2.0
    sw_ident: str | None = ""
    sw_ver: str | None = ""


_envelope = msgspec.json.Decoder(Envelope)
_events = msgspec.json.Decoder(Event | list[Event])  # type: ignore[call-overload, var-annotated, unused-ignore]


class BadEvent(ValueError):
    """A message on the event channel that is no event; the text says what is wrong with it."""


def decode(data: bytes, seen: float) -> Iterator[facts.AnyFact]:
    """The facts in one published message: one event, or the list of a `task.multi`.

    An event of an unknown kind, or with an absurd number, is a fact too (`Unreadable`): it must not cost
    the others of its list. Raises `BadEvent` where the schema does not fit.
    """
    try:
        body = base64.b64decode(_envelope.decode(data).body, validate=True)
        found = _events.decode(body)
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError) as error:
        raise BadEvent(f"an event that cannot be read ({error})") from None
    for event in found if isinstance(found, list) else [found]:
        try:
            yield fact(event, seen)
        except BadEvent as bad:
            yield facts.Unreadable(at=seen, seen=seen, source="events", why=str(bad))


def instant(text: str | None) -> float | None:
    """Unix seconds of an ISO 8601 time; None where there is none. A time without a zone is UTC.

    Raises `BadEvent` when the text is no time.
    """
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadEvent("an event with a time that cannot be read") from None
    if not plausible(seconds):
        raise BadEvent("an event with an ETA that cannot be")
    return seconds


def fact(event: Event, seen: float) -> facts.AnyFact:
    """The fact that one event tells, learned at `seen`. Raises `BadEvent`."""
    told = _told(event, seen)
    if field := absurd(told):
        raise BadEvent(f"an event with a number that cannot be ({_FIELDS.get(field, field)})")
    return told


_FIELDS = {"at": "timestamp", "every": "freq"}
"""Fields of facts that have another name in the event."""


def _told(event: Event, seen: float) -> facts.AnyFact:
    at = event.timestamp
    if event.type.startswith("task-"):
        if not event.uuid:
            raise BadEvent("a task event without a task id")
        if known := _TASK_EVENTS.get(event.type):
            kind, more = known
            return kind(
                at=at,
                seen=seen,
                id=event.uuid[:LONGEST],
                worker=event.hostname[:LONGEST],
                pid=event.pid,
                clock=event.clock,
                **more(event),
            )
    elif event.type == "worker-heartbeat":
        return facts.Heartbeat(
            at=at, seen=seen, worker=event.hostname[:LONGEST], pid=event.pid, every=event.freq or 2.0
        )
    elif event.type == "worker-online":
        software = f"{event.sw_ident or ''} {event.sw_ver or ''}".strip()[:LONGEST]
        return facts.Online(
            at=at,
            seen=seen,
            worker=event.hostname[:LONGEST],
            pid=event.pid,
            software=software,
            clock=event.clock,
        )
    elif event.type == "worker-offline":
        return facts.Offline(at=at, seen=seen, worker=event.hostname[:LONGEST], pid=event.pid)
    return facts.Unreadable(at=at, seen=seen, source="events", why=f"an unknown event: {event.type[:40]}")


def _described(event: Event) -> dict[str, Any]:
    return {
        "task": (event.name or "")[:LONGEST],
        "args": (event.args or "")[:LONGEST],
        "eta": instant(event.eta),
        "retries": event.retries or 0,
    }


def _nothing(_: Event) -> dict[str, Any]:
    return {}


_TASK_EVENTS: dict[str, tuple[type[facts.AnyTaskFact], Callable[[Event], dict[str, Any]]]] = {
    "task-sent": (facts.Sent, lambda e: {**_described(e), "queue": (e.queue or "")[:LONGEST]}),
    "task-received": (facts.Received, _described),
    "task-started": (facts.Started, _nothing),
    "task-succeeded": (
        facts.Succeeded,
        lambda e: {"runtime": e.runtime or 0.0, "skipped": e.runtime is None},
    ),
    "task-failed": (facts.Failed, lambda e: {"exception": (e.exception or "")[:LONGEST]}),
    "task-retried": (facts.Retried, _nothing),
    "task-rejected": (facts.Rejected, lambda e: {"requeue": bool(e.requeue)}),
    "task-revoked": (
        facts.Revoked,
        lambda e: {"expired": bool(e.expired), "terminated": bool(e.terminated)},
    ),
}
"""Event type to its fact, and what that fact carries beyond every task event."""


class Events(Source):
    """The receiver thread: every event of every worker on one db, under one key prefix."""

    name = "events"

    def __init__(
        self, url: str | Address, layout: Layout | str, emit: Callable[[facts.AnyFact], None]
    ) -> None:
        super().__init__(url, emit)
        layout = Layout.under(layout)
        self.access = Access(self.name, self.address, emit)
        self.patterns = [layout.event_pattern(self.address.db)]
        if self.address.sentinels and layout.fanout_prefix is True:
            self.patterns.append(replace(layout, fanout_prefix=BEFORE_5_4).event_pattern(self.address.db))

    def listen(self) -> None:
        client = connect(self.address)
        try:
            with client.pubsub() as channel:  # type: ignore[no-untyped-call]
                for pattern in self.patterns:
                    channel.psubscribe(pattern)
                self._hear_all(channel)
        except redis.exceptions.NoPermissionError as error:
            self.access.granted(EVENTS, time.time(), error)
            raise
        finally:
            client.close()

    def _hear_all(self, channel: redis.client.PubSub) -> None:
        subscribed, asked, since = 0, False, time.monotonic()
        while not self.stopping.is_set():
            try:
                message = channel.get_message(timeout=WAIT)
            except redis.exceptions.NoPermissionError:
                if not subscribed:
                    raise
                # A second pattern is for old workers, where there are any.
                continue
            if message is None:
                if time.monotonic() - since >= PING_EVERY:
                    if asked:
                        # A connection that was cut without a word takes whatever is written to it.
                        raise ConnectionError(f"no answer within {PING_EVERY:g} s")
                    channel.ping()
                    asked, since = True, time.monotonic()
                continue
            now = self.heard = time.time()
            asked, since = False, time.monotonic()
            if message["type"] == "psubscribe":
                subscribed += 1
                if subscribed == 1:
                    self.connected()
                    self.access.known(EVENTS, now)
                elif subscribed > len(self.patterns):
                    # The client library connected and subscribed again without a word.
                    raise ConnectionError("the connection was lost")
            elif message["type"] == "pmessage":
                self._hear(message["data"])

    def _hear(self, data: bytes) -> None:
        now = time.time()
        try:
            for fact in decode(data, now):
                self.emit(fact)
        except BadEvent as bad:
            self.emit(facts.Unreadable(at=now, seen=now, source=self.name, why=str(bad)))

"""Remote control as kombu speaks it, over plain Redis: a request to workers, and what they reply.

`kombu.pidbox:Mailbox._publish` is what is spoken here, with one difference: the reply goes to the default
exchange, whose routing key is the name of the list that workers push to (`kombu.transport.virtual:Channel.
_lookup`; kombu 5.4, 5.6 and 5.7). So no queue has to be bound to `reply.celery.pidbox`, and the set of that
exchange's bindings, which everybody's replies go by, is not touched. What is written is the request, which is
published and kept nowhere, and one list of our own.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import msgspec
import redis

PATIENCE = 3.0
"""Seconds that workers have to answer. One whose event loop is busy with a long sweep does not."""

POLL = 0.05
"""Seconds between two looks at the list of replies."""

KEEP = 600
"""Seconds that the list lives after a question, should nobody be left to delete it. A worker that answers
later still, because it was frozen, leaves its answer behind."""

CHUNK = 100
"""Replies read at once."""

MOST = 4_096
"""Replies to one question that are read."""

LARGEST = 262_144
"""Bytes of a reply that is decoded; a worker's `stats` are 1 to 6 kB."""

LONGEST = 200
"""Characters kept of a worker's name."""


class BadReply(ValueError):
    """An answer that is none; the text says what is wrong with it."""


class Envelope(msgspec.Struct):
    """The message around a reply; its body is base64."""

    body: str
    content_type: str = msgspec.field(name="content-type", default="")


_envelope = msgspec.json.Decoder(Envelope)


def request(method: str, reply_to: str, destination: Sequence[str] = ()) -> bytes:
    """The message that asks workers to carry out `method`, every one or those named, and to push what they
    reply to the list `reply_to`, before which they put their own key prefix."""
    ticket = str(uuid.uuid4())
    body = {
        "method": method,
        "arguments": {},
        "destination": list(destination) or None,
        "pattern": None,
        "matcher": None,
        "ticket": ticket,
        "reply_to": {"exchange": "", "routing_key": reply_to},
    }
    message = {
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"clock": 0, "expires": 0},
        "properties": {
            "delivery_mode": 1,
            "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": ticket,
        },
    }
    return json.dumps(message).encode()


def reply(data: bytes) -> tuple[str, dict[str, Any]]:
    """Who replied, and what, with fields of any shape. Decoded as JSON only. Raises `BadReply`."""
    if len(data) > LARGEST:
        raise BadReply(f"an answer of {len(data):,} bytes, more than is read")
    try:
        envelope = _envelope.decode(data)
        if envelope.content_type != "application/json":
            raise BadReply(f"an answer that is not JSON ({envelope.content_type[:40]})")
        body = msgspec.json.decode(base64.b64decode(envelope.body, validate=True))
    except BadReply:
        raise
    # A ValueError: no base64, or no UTF-8.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadReply(f"an answer that cannot be read ({error})") from None
    if not isinstance(body, dict) or len(body) != 1:
        raise BadReply("an answer that names no worker")
    ((worker, answer),) = body.items()
    if not isinstance(answer, dict):
        raise BadReply("an answer that says nothing")
    return str(worker)[:LONGEST], answer


class Pidbox:
    """Where workers hear requests, and the list where their replies to us arrive. For one thread."""

    def __init__(self, prefix: str, channel: str, refused: Callable[[BadReply], None]) -> None:
        self.channel = channel
        self.reply_to = f"unacked.reply.{secrets.token_hex(16)}"
        self.key = prefix + self.reply_to
        """The list of replies: a worker puts its own key prefix before the name it was given."""
        self.heard_by = 0
        """How many subscribers heard the last request."""
        self.owed = False
        """Whether fewer answered the last request than heard it: then the list still stands."""
        self.asked_at = 0.0
        """When the last request to all was published, Unix seconds."""
        self.late: dict[str, dict[str, Any]] = {}
        """What was replied too late to the request before, by the workers' names."""
        self.late_at = 0.0
        """When that request was published: what it was replied may hold no longer."""
        self.read = 0
        """Replies to the last request that were read, whatever they were."""
        self._refused = refused

    def ask(
        self, client: redis.Redis, method: str, stopping: threading.Event, destination: Sequence[str] = ()
    ) -> dict[str, dict[str, Any]]:
        """What the workers reply to a request within `PATIENCE` seconds, by their names. What came too late
        to the one before is kept apart. Raises `redis.RedisError`."""
        if not destination:
            self.late = dict(self._replies(client)) if self.owed else {}
            self.late_at, self.asked_at = self.asked_at, time.time()
        with client.pipeline() as pipe:
            pipe.delete(self.key)
            # An element of our own, so that the list is there, and expires, before a worker pushes to it.
            pipe.rpush(self.key, "")
            pipe.expire(self.key, KEEP)
            pipe.execute()
        self.read, self.owed = 0, True
        self.heard_by = int(client.publish(self.channel, request(method, self.reply_to, destination)))
        expected = min(self.heard_by, len(destination) or MOST, MOST)
        answers: dict[str, dict[str, Any]] = {}
        until = time.monotonic() + PATIENCE
        while self.read < expected and time.monotonic() < until and not stopping.wait(POLL):
            answers.update(self._replies(client))
        if self.read >= expected:
            self.leave(client)
        return answers

    def leave(self, client: redis.Redis) -> None:
        """Delete the list. Where an answer is owed it may be better left to expire: pushed to a list that is
        not there, an answer would stay for good."""
        client.delete(self.key)
        self.owed = False

    def _replies(self, client: redis.Redis) -> Iterator[tuple[str, dict[str, Any]]]:
        """Replies that were not read yet: workers push at the head, and our own element is the tail."""
        while self.read < MOST:
            newest, oldest = -self.read - 1 - CHUNK, -self.read - 2
            chunk = cast("list[bytes]", client.lrange(self.key, newest, oldest))
            self.read += len(chunk)
            for data in chunk:
                try:
                    yield reply(data)
                except BadReply as bad:
                    self._refused(bad)
            if len(chunk) < CHUNK:
                return

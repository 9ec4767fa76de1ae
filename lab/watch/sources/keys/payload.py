"""A message as kombu keeps it in `unacked`: read within limits, JSON only, never pickle, checked against a
schema. One that cannot be read costs itself alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import redis

from lab.watch.bounds import absurd
from lab.watch.facts import TASKS, AnyFact, Payload, Unreadable
from lab.watch.sources.access import AGAIN, Access
from lab.watch.sources.decoding import LONGEST, instant
from lab.watch.sources.keys.following import Following

MOST = 500
"""Payloads read in one reading."""

LARGEST = 65_536
"""Bytes of a payload that are still read; a larger one is counted as unreadable."""


class Headers(msgspec.Struct):
    """The task's headers (message protocol 2, `celery.app.amqp:AMQP.as_task_v2`)."""

    id: str
    task: str = ""
    eta: str | None = None
    retries: int | None = 0
    argsrepr: str | None = ""
    redelivered: bool | None = False


class Message(msgspec.Struct):
    """A kombu message; its body, the arguments, is not looked at."""

    headers: Headers


_decoder = msgspec.json.Decoder(tuple[Message, str | None, str | None])


class BadPayload(ValueError):
    """An `unacked` value that is no task message; the text says what is wrong with it."""


def decode(tag: str, score: float, data: bytes, seen: float) -> Payload:
    """The payload of one entry: `[message, exchange, routing_key]`. Raises `BadPayload`."""
    try:
        message, _, routing_key = _decoder.decode(data)
        headers = message.headers
        payload = Payload(
            at=score,
            seen=seen,
            tag=tag,
            id=headers.id[:LONGEST],
            task=headers.task[:LONGEST],
            args=(headers.argsrepr or "")[:LONGEST],
            eta=instant(headers.eta),
            retries=headers.retries or 0,
            queue=(routing_key or "")[:LONGEST],
            redelivered=bool(headers.redelivered),
        )
    # A ValueError: no UTF-8 (UnicodeDecodeError), no time (BadEvent), or no JSON of this schema.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadPayload(f"an unacked entry that cannot be read ({error})") from None
    if field := absurd(payload):
        raise BadPayload(f"an unacked entry with a number that cannot be ({field})")
    return payload


class Payloads:
    """Reads the payloads of entries that are followed and have none yet, the newest first."""

    def __init__(
        self, key: str, following: Following, access: Access, emit: Callable[[AnyFact], None]
    ) -> None:
        self.key = key
        self.following = following
        self.access = access
        self.emit = emit
        self._due = 0.0

    def read(self, client: redis.Redis, now: float) -> list[Payload]:
        """What could be read. An entry stays unnamed until its payload was read, or is known as unreadable:
        an interruption here, or a hash that is refused for a while, must not lose its name for ever."""
        if now < self._due or not (new := self.following.unnamed(MOST, now)):
            return []
        pipe = client.pipeline(transaction=False)
        for tag in new:
            pipe.hstrlen(self.key, tag)
        sizes: list[Any] = pipe.execute(raise_on_error=False)
        small = [tag for tag, size in zip(new, sizes, strict=True) if size in range(1, LARGEST + 1)]
        values = self._values(client, small)
        if not self.access.granted(TASKS, now, *sizes, values):
            self.following.spare(new)
            self._due = now + AGAIN
            return []
        for tag, size in zip(new, sizes, strict=True):
            if size > LARGEST:
                self._unreadable(tag, f"an unacked entry of {size:,} bytes, more than is read", now)
        return [
            payload for tag, data in zip(small, values, strict=True) if (payload := self._one(tag, data, now))
        ]

    def _values(self, client: redis.Redis, tags: list[str]) -> Any:
        """The values, None for one that is gone; or the error of a server that refuses them."""
        try:
            return client.hmget(self.key, tags) if tags else []
        except redis.ResponseError as error:
            return error

    def _one(self, tag: str, data: bytes | None, now: float) -> Payload | None:
        if data is None:
            # It was acknowledged meanwhile, and is followed no longer with the next reading.
            return None
        try:
            payload = decode(tag, self.following.scores[tag], data, now)
        except BadPayload as bad:
            self._unreadable(tag, str(bad), now)
            return None
        self.following.named(tag)
        return payload

    def _unreadable(self, tag: str, why: str, now: float) -> None:
        self.following.named(tag)
        self.emit(Unreadable(at=now, seen=now, source="keys", why=why))

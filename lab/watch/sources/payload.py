"""A message as kombu keeps it in `unacked`: JSON only, never pickle, checked against a schema."""

from __future__ import annotations

import msgspec

from lab.watch.bounds import absurd
from lab.watch.facts import Payload
from lab.watch.sources.events import LONGEST, BadEvent, instant


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
    except (msgspec.MsgspecError, BadEvent, RecursionError) as error:
        raise BadPayload(f"an unacked entry that cannot be read ({error})") from None
    if field := absurd(payload):
        raise BadPayload(f"an unacked entry with a number that cannot be ({field})")
    return payload

"""One look for messages: through the lists of one queue, then through `unacked`, a page a step.

It sends only reading commands, and judges nothing: what it does not find may have moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

import msgspec
import redis

from lab.watch.broker.layout import Layout

MOST = 500
"""Messages of a page."""

FIRST = 20
"""Messages of the first page: how large they are is not known yet."""

BYTES = 262_144
"""What the next page may come to, by the size of the messages of the last one."""

LONGEST = 20_000
"""Messages of a queue, and of `unacked`, that are gone through; where more stand nothing is found out."""

PAGES = 300
"""Pages of one look, a minute of readings: messages may be large, or come in faster than they are read."""


class TooMany(RuntimeError):
    """There are more messages than are gone through; the text says where."""


class Headers(msgspec.Struct):
    """The one header that matters here (message protocol 2, `celery.app.amqp:AMQP.as_task_v2`)."""

    id: str


class Message(msgspec.Struct):
    """A message as it waits in a queue."""

    headers: Headers


Entry: TypeAlias = tuple[Message, str | None, str | None]
"""A message as it stands in `unacked`: exchange and routing key come behind it."""

_decoder = msgspec.json.Decoder(Message | Entry)  # type: ignore[call-overload, var-annotated, unused-ignore]


def task_id(value: bytes) -> str | None:
    """Which message this is; None if it cannot be read."""
    try:
        found = _decoder.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    message: Message = found[0] if isinstance(found, tuple) else found
    return message.headers.id


class Pages(Protocol):
    """What is gone through in pages."""

    over: bool

    def read(self, client: redis.Redis, most: int) -> list[bytes]:
        """The next page, of about so many messages."""


class ListPages:
    """A list from its head, where new messages come in: they shift the others to a later page, so that
    none which stands the whole time is passed over."""

    def __init__(self, key: str) -> None:
        self.key, self.over = key, False
        self._at = 0

    def read(self, client: redis.Redis, most: int) -> list[bytes]:
        values: Any = client.lrange(self.key, self._at, self._at + most - 1)
        self._at += len(values)
        self.over = len(values) < most
        return list(values)


class HashPages:
    """A hash by HSCAN, which shows what stands in it the whole time at least once."""

    def __init__(self, key: str) -> None:
        self.key, self.over = key, False
        self._cursor = 0

    def read(self, client: redis.Redis, most: int) -> list[bytes]:
        found: Any = client.hscan(self.key, self._cursor, count=most)
        self._cursor, entries = found
        self.over = not self._cursor
        return list(entries.values())


class Look:
    """Which of these messages were found neither in their queue nor in `unacked`."""

    def __init__(self, queue: str, ids: Iterable[str], layout: Layout) -> None:
        self.queue = queue
        self.missing = dict.fromkeys(ids)
        """What was not found yet, in the order in which it was asked for."""
        self._layout = layout
        self._ahead: list[Pages] | None = None
        """What is still to be gone through; None before the first step."""
        self._most = FIRST
        self._pages = 0

    @property
    def over(self) -> bool:
        """Whether everything was found, or gone through."""
        return not self.missing or self._ahead == []

    def step(self, client: redis.Redis) -> None:
        """Go on by one page. Raises `TooMany`, or the error of a server that refuses it."""
        if self._ahead is None:
            self._ahead = self._open(client)
            return
        pages = self._ahead[0]
        values = pages.read(client, self._most)
        for value in values:
            self.missing.pop(task_id(value) or "", None)
        if values:
            average = sum(map(len, values)) // len(values)
            self._most = max(1, min(MOST, BYTES // max(1, average)))
        self._pages += 1
        if self._pages > PAGES:
            raise TooMany(f"queue {self.queue} and unacked are more than can be gone through")
        if pages.over:
            del self._ahead[0]

    def _open(self, client: redis.Redis) -> list[Pages]:
        """The lists in which something waits, and after them `unacked`: a message that is popped meanwhile
        goes from there to here."""
        lists = self._layout.queue_lists(self.queue)
        pipe = client.pipeline(transaction=False)
        for name in lists:
            pipe.llen(name)
        pipe.hlen(self._layout.unacked)
        *lengths, held = pipe.execute()
        if sum(lengths) > LONGEST:
            raise TooMany(f"queue {self.queue} holds more messages than are gone through")
        if held > LONGEST:
            raise TooMany("more messages are unacked than are gone through")
        waiting = [ListPages(name) for name, length in zip(lists, lengths, strict=True) if length]
        return [*waiting, HashPages(self._layout.unacked)]

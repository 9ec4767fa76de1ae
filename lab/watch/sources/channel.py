"""A subscription to Redis channels, read in whole chunks: it knows replies, and nothing of events.

redis-py's own `pubsub` costs four times the CPU for each message: it reads line by line, through a dozen
calls. It connects again without a word, too; this never does.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import redis

CHUNK = 65_536
"""Bytes read at once."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a message that is still read; events come to some kilobytes."""

Reply: TypeAlias = list[bytes]
"""Its parts, such as `pmessage`, pattern, channel and data; numbers as their digits."""

_ARRAY, _BULK, _ERROR, _END = b"*"[0], b"$"[0], b"-"[0], b"\r\n"


class Channel:
    """One connection of a client that does nothing but hear, and speaks RESP2."""

    def __init__(self, client: redis.Redis) -> None:
        """Connects. Raises `redis.RedisError`."""
        self._connection: Any = client.connection_pool.get_connection()
        self._unread = b""
        self.exhausted = True
        """Whether the last read brought all that had come."""

    def subscribe(self, pattern: str) -> None:
        """Hear every channel that matches; the server confirms it, or refuses."""
        self._connection.send_command("PSUBSCRIBE", pattern)

    def ping(self) -> None:
        """Have the server say something."""
        self._connection.send_command("PING")

    def read(self, seconds: float) -> list[Reply | redis.ResponseError]:
        """What came, after at most so many seconds: whole replies, or the server's refusals. Raises
        `OSError` and `redis.ConnectionError` where the connection is lost."""
        sock = self._connection._sock
        sock.settimeout(seconds)
        try:
            chunk = sock.recv(CHUNK)
        except TimeoutError:
            return []
        if not chunk:
            raise redis.ConnectionError("the server closed the connection")
        self.exhausted = len(chunk) < CHUNK
        data = self._unread + chunk
        try:
            replies, end = parsed(data)
        except ValueError:
            raise redis.ConnectionError("what came is no reply of Redis") from None
        self._unread = data[end:]
        if len(self._unread) > LARGEST:
            raise redis.ConnectionError("a message larger than is read")
        return replies

    def close(self) -> None:
        """Hang up."""
        self._connection.disconnect()


def parsed(data: bytes) -> tuple[list[Reply | redis.ResponseError], int]:
    """The whole replies at the beginning, and where they end: arrays of texts and numbers, or errors. Raises
    `ValueError` where there are none."""
    replies: list[Reply | redis.ResponseError] = []
    at = 0
    while found := _next(data, at):
        reply, at = found
        replies.append(reply)
    return replies, at


def _next(data: bytes, at: int) -> tuple[Reply | redis.ResponseError, int] | None:
    """The reply that begins here, and where the next one does; None if it is not whole."""
    end = data.find(_END, at)
    if end < 0:
        return None
    if data[at] != _ARRAY:
        line = data[at + 1 : end]
        return (_refusal(line) if data[at] == _ERROR else [line]), end + 2
    parts: Reply = []
    count, at = int(data[at + 1 : end]), end + 2
    for _ in range(count):
        end = data.find(_END, at)
        if end < 0:
            return None
        if data[at] == _BULK:
            begin = end + 2
            end = begin + int(data[at + 1 : end])
        else:
            begin = at + 1
        if len(data) < end + 2:
            return None
        parts.append(data[begin:end])
        at = end + 2
    return parts, at


def _refusal(line: bytes) -> redis.ResponseError:
    text = line.decode(errors="replace")
    if text.startswith("NOPERM "):
        return redis.exceptions.NoPermissionError(text.removeprefix("NOPERM "))
    return redis.ResponseError(text)

"""A subscription to Redis channels, read in whole chunks: it knows replies, and nothing of events.

redis-py's own `pubsub` costs four times the CPU for each message: it reads line by line, through a dozen
calls. It connects again without a word, too; this never does.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypeAlias

import redis

CHUNK = 65_536
"""Bytes read at once, and half as many more."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a message that is still read; events come to some kilobytes."""

MOST_PARTS = 4
"""Parts of a reply: a `pmessage` has four, and nothing else that a subscriber hears has more."""

Reply: TypeAlias = list[bytes]
"""Its parts, such as `pmessage`, pattern, channel and data; numbers as their digits."""

_ARRAY, _BULK, _ERROR, _END = b"*"[0], b"$"[0], b"-"[0], b"\r\n"
_LINES = b"+:"


class TooLargeError(redis.RedisError):
    """A message that is not read, and with it the connection cannot be."""


class Channel:
    """One connection of a client that does nothing but hear, and speaks RESP2."""

    def __init__(self, client: redis.Redis) -> None:
        """Connects. Raises `redis.RedisError`."""
        self._connection: Any = client.connection_pool.get_connection()
        self._sock = socket_of(self._connection)
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
        `OSError` and `redis.RedisError` where the connection is lost."""
        if self._sock is None:
            return self._read_one(seconds)
        chunk = self._receive(self._sock, seconds)
        self.exhausted = len(chunk) < CHUNK
        data = self._unread + chunk
        try:
            replies, end = parsed(data)
        except ValueError:
            raise redis.exceptions.InvalidResponse("what came is no reply of Redis") from None
        self._unread = data[end:]
        if len(self._unread) > LARGEST:
            raise TooLargeError(f"a message of more than {LARGEST:,} bytes, which is not read")
        return replies

    def close(self) -> None:
        """Hang up."""
        self._connection.disconnect()

    def _receive(self, sock: Any, seconds: float) -> bytes:
        """What has come: at least `CHUNK` bytes, or all. Waits so long for the first of them."""
        sock.settimeout(seconds)
        try:
            chunk = bytearray(sock.recv(CHUNK))
        except TimeoutError:
            return b""
        if not chunk:
            raise redis.ConnectionError("the server closed the connection")
        # With TLS one call brings one record, which is mostly one message (`SSL_read`), and what is decrypted
        # already shows in no `select`: ask until there is nothing. An end is found by the next read.
        sock.settimeout(0)
        with contextlib.suppress(OSError):
            while len(chunk) < CHUNK and (more := sock.recv(CHUNK)):
                chunk += more
        sock.settimeout(seconds)
        return bytes(chunk)

    def _read_one(self, seconds: float) -> list[Reply | redis.ResponseError]:
        """One reply, as redis-py reads it: dear, and in public."""
        if not self._connection.can_read(seconds):
            return []
        reply: Any
        try:
            reply = self._connection.read_response()
        except redis.ResponseError as refused:
            return [refused]
        finally:
            self.exhausted = False
        parts = reply if isinstance(reply, list) else [reply]
        return [[part if isinstance(part, bytes) else str(part).encode() for part in parts]]


def socket_of(connection: Any) -> Any | None:
    """The socket of a connection, plain or with TLS, which redis-py keeps to itself and gives to its parsers
    (`redis.connection:AbstractConnection._sock`, 4.0 to 8.1); None where it is kept elsewhere."""
    sock = getattr(connection, "_sock", None)
    return sock if hasattr(sock, "recv") and hasattr(sock, "settimeout") else None


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
    kind, line = data[at], data[at + 1 : end]
    if kind == _ERROR:
        return _refusal(line), end + 2
    if kind in _LINES:
        return [line], end + 2
    if kind != _ARRAY or not 0 < int(line) <= MOST_PARTS:
        raise ValueError("no reply that a subscriber hears")
    parts: Reply = []
    at = end + 2
    for _ in range(int(line)):
        end = data.find(_END, at)
        if end < 0:
            return None
        if data[at] == _BULK:
            begin, size = end + 2, int(data[at + 1 : end])
            if size < 0:
                raise ValueError("a part that is nothing")
            end = begin + size
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

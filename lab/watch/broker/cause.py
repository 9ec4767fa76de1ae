"""The cause of a fault: what kind of trouble an error is. What is said of a broker begins with one of these
words, so that whoever reads it knows where to look. It knows no source."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    MaxConnectionsError,
    NoPermissionError,
)

from lab.watch.broker.address import ANSWER_SECONDS
from lab.watch.broker.connection import Address
from lab.watch.broker.refusal import refusal

AWAY = "away"
"""Nobody answers at that address, or only that it is not ready."""

HALF_OPEN = "half-open"
"""The connection stands, and nothing comes: the server stands still, or the way to it swallows everything."""

BUSY = "busy"
"""The server answers nobody, because a script does not end."""

CUT_OFF = "cut off"
"""The server, or something on the way to it, closed the connection."""

REFUSED = "refused"
"""The server answers, and does not permit it."""

WRONG_TYPE = "wrong type"
"""A key holds another kind of value than kombu keeps there."""

NO_REDIS = "no Redis"
"""What answers does not speak its protocol, or something on the way garbles it."""

TLS = "TLS"

_CODES: dict[str, str] = {
    "WRONGTYPE": WRONG_TYPE,
    "BUSY": BUSY,
    "LOADING": AWAY,
    "MASTERDOWN": AWAY,
    "NOAUTH": REFUSED,
    "WRONGPASS": REFUSED,
    "NOPERM": REFUSED,
    "DB index": REFUSED,
}
"""How a server's answer begins, to what it means."""

_SAID: tuple[tuple[type[BaseException], str, str], ...] = (
    (ssl.SSLError, TLS, ""),
    (socket.gaierror, AWAY, "its name does not resolve: "),
    (ConnectionRefusedError, AWAY, "nothing listens there: "),
    (FileNotFoundError, AWAY, "there is no such socket: "),
    (BusyLoadingError, AWAY, "LOADING: "),
    (NoPermissionError, REFUSED, "NOPERM: "),
    (InvalidResponse, NO_REDIS, ""),
    (MaxConnectionsError, REFUSED, ""),
    (ConnectionResetError, CUT_OFF, ""),
    (BrokenPipeError, CUT_OFF, ""),
)
"""What an error, or what it came from, means, and what the library takes from the server's own words."""

NO_ROOM = "max number of clients"
"""What a server says to a connection for which it has no room; who connects reads it, or is just cut off."""


def trouble(error: Exception, address: Address) -> str:
    """The cause, and what was said, in one clause: `refused: NOPERM: User u has no permissions …`."""
    word, before = _cause(error, tls=address.tls is not None)
    if word == HALF_OPEN:
        return f"{word}: no answer within {ANSWER_SECONDS:g} s"
    said = f"{before}{refusal(error, address)}".rstrip(".")
    return f"{word}: {said}" if word else said


def _cause(error: BaseException, *, tls: bool) -> tuple[str, str]:
    """The word, and what is to be said before the error's own text; both empty where it is none of these."""
    text = str(error)
    if NO_ROOM in text:
        return REFUSED, "no room for another connection (maxclients): "
    for code, word in _CODES.items():
        if text.startswith(code):
            return word, ""
    if isinstance(error, AuthenticationError):
        return REFUSED, "WRONGPASS: " if "invalid" in text else "NOAUTH: "
    for each in _chain(error):
        for kind, word, before in _SAID:
            if isinstance(each, kind):
                return word, before
    if isinstance(error, redis.TimeoutError | TimeoutError):
        # While it connects, nobody took the call; afterwards somebody did, and says nothing.
        connecting = "connecting" in text
        if connecting and tls:
            return TLS, "no answer to the handshake, as from a server without TLS: "
        return (AWAY if connecting else HALF_OPEN), ""
    if "closed" in text:
        return CUT_OFF, ""
    if "not ready" in text or "has data" in text:
        # How the client library says it of a connection that it takes up again (`redis.connection`).
        return NO_REDIS, "answers came that nobody asked for: "
    return (AWAY, "") if isinstance(error, redis.ConnectionError | OSError) else ("", "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from; a bounded number of them."""
    each: BaseException | None = error
    for _ in range(8):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__

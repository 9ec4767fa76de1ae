"""The address of a broker: how to reach it, and how to show it without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    import redis

CONNECT_SECONDS = 3.0
"""How long a connection attempt may take before it is called refused."""

LONGEST_REASON = 300
"""Characters kept of what a server says when it refuses."""


def cut_apart(parts: SplitResult) -> bool:
    """Whether a password that was not percent-encoded may have cut the URL apart: of
    `redis://user:12#secret@host` the host is `user`, and the secret stands where nobody looks for one."""
    behind = parts._replace(scheme="", netloc="").geturl()
    return bool(parts.fragment) or "@" in behind


def masked(url: str) -> str:
    """The URL with the password, in the user part or in the query, replaced by `***`; nothing but `***` where
    the password cannot be told from the rest."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "***"
    if cut_apart(parts):
        return "***"
    user, at, host = parts.netloc.rpartition("@")
    if at:
        name, colon, _ = user.partition(":")
        user = f"{name}:***" if colon else "***"
    query = urlencode(
        [
            (key, "***" if "pass" in key.lower() or "user" in key.lower() else value)
            for key, value in parse_qsl(parts.query, keep_blank_values=True)
        ],
        safe="*",
    )
    return parts._replace(netloc=f"{user}{at}{host}", query=query).geturl()


def database(url: str) -> int:
    """The number of the database that a Redis URL names; 0 where it names none."""
    path = urlsplit(url).path.strip("/")
    return int(path) if path.isdecimal() else 0


def connect(url: str) -> redis.Redis:
    """A client for one thread; nothing is sent before the first command."""
    # Here, because the keeper wants only `masked` and must start fast.
    import redis

    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=CONNECT_SECONDS,
        client_name="unacked",
        # A source reconnects by itself and says so: a silent retry would hide the gap.
        retry=None,
        retry_on_timeout=False,
    )


def refusal(error: Exception, url: str) -> str:
    """One clause that says why the broker could not be used, with no secret of the URL in it."""
    text = " ".join(str(error).split()) or type(error).__name__
    if secret := urlsplit(url).password:
        text = text.replace(secret, "***").replace(unquote(secret), "***")
    return text[:LONGEST_REASON]


def glob_escaped(text: str) -> str:
    """The text as a Redis pattern that matches only itself (`util.c:stringmatchlen`)."""
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)

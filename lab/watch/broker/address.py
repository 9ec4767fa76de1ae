"""The address of a broker as a text: what is shown of it without its secrets, and what a pattern matches."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

CONNECT_SECONDS = 2.5
"""How long a connection attempt may take before it is called refused."""

ANSWER_SECONDS = 2.0
"""How long an answer may take before the connection is called half-open: each is said within 3 s."""

SEVERAL = re.compile(r";(?=[a-z][a-z+]*://)", re.IGNORECASE)
"""What stands between the URLs of one address; a `;` in a password is followed by no scheme."""


class AddressError(ValueError):
    """An address that cannot be used; one line for the user, which repeats no part that may be secret."""


def cut_apart(parts: SplitResult) -> bool:
    """Whether a password that was not percent-encoded may have cut the URL apart: of
    `redis://user:12#secret@host` the host is `user`, and the secret stands where nobody looks for one."""
    behind = parts._replace(scheme="", netloc="").geturl()
    return bool(parts.fragment) or "@" in behind


def masked(url: str) -> str:
    """The URL, or each of several with `;` between them, with the password, in the user part or in the query,
    replaced by `***`; nothing but `***` where the password cannot be told from the rest."""
    return ";".join(_masked(each) for each in SEVERAL.split(url))


def _masked(url: str) -> str:
    try:
        url.encode()
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
    shown = parts._replace(netloc=f"{user}{at}{host}", query=query).geturl()
    # Before a path without a host, urllib leaves the slashes out.
    return shown if "://" in shown else shown.replace(":", "://", 1)


def glob_escaped(text: str) -> str:
    """The text as a Redis pattern that matches only itself (`util.c:stringmatchlen`)."""
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)

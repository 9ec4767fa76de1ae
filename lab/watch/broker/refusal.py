"""The refusal: why a broker could not be used, in one clause and without its secrets."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from lab.watch.broker.connection import Address

LONGEST_REASON = 300
"""Characters kept of what a server says when it refuses."""


def refusal(error: Exception, address: str | Address) -> str:
    """One clause that says why the broker could not be used, with no secret of the address in it."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(address, str):
        password = urlsplit(address).password
        secrets = [password, unquote(password)] if password else []
    else:
        secrets = address.secrets
    # The longest first: one may be a part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text[:LONGEST_REASON]

"""The options in the query of a broker's URL, as kombu reads them (`kombu.utils.url:parse_url`, 5.7)."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote

from lab.watch.broker.address import AddressError

SOCKET = ("redis+socket", "socket", "unix")

CHECKS = {"cert_none": "none", "cert_optional": "optional", "cert_required": "required"}
"""How kombu names what redis-py calls otherwise; it takes both."""

TLS = {"ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_password"}
"""Options that redis-py takes as they are."""

OF_THE_WORKERS = {
    "socket_timeout",
    "socket_connect_timeout",
    "socket_keepalive",
    "health_check_interval",
    "retry_on_timeout",
    "max_connections",
    "client_name",
}
"""Options of a URL that say how its own client behaves, not where the broker is."""


LONGEST_DB = 9
"""Digits of a db: a server has 16, if it was not told otherwise."""


def take_db(parts: SplitResult, options: dict[str, str]) -> int:
    """The db that a URL names: in its path (but for a Unix socket), or as `virtual_host` or `db`; takes them
    out of the options. Raises `AddressError`."""
    named = [options.pop("virtual_host", ""), options.pop("db", "")]
    if parts.scheme not in SOCKET:
        named.append(unquote(parts.path)[1:])
    texts = {text for text in named if text and text != "/"}
    if len(texts) > 1 or not all(
        text.isascii() and text.isdecimal() and len(text) <= LONGEST_DB for text in texts
    ):
        raise AddressError("The db of the broker's URL is no number from 0, or there are two of them")
    return int(texts.pop()) if texts else 0


def take_tls(scheme: str, options: dict[str, str]) -> dict[str, str | bool] | None:
    """The TLS options that stand in a query: any makes it TLS, whatever the scheme, as with kombu.
    Takes them, and those that say nothing of the broker, out of the options. Raises `AddressError`."""
    for key in OF_THE_WORKERS:
        options.pop(key, None)
    found: dict[str, str | bool] = {key: options.pop(key) for key in TLS & options.keys()}
    if "ssl_check_hostname" in options:
        found["ssl_check_hostname"] = options.pop("ssl_check_hostname").lower() != "false"
    if not found:
        return {"ssl_cert_reqs": "none"} if scheme == "rediss" else None
    wanted = str(found.get("ssl_cert_reqs", "required")).lower()
    found["ssl_cert_reqs"] = CHECKS.get(wanted, wanted)
    if found["ssl_cert_reqs"] not in CHECKS.values():
        raise AddressError("ssl_cert_reqs is one of CERT_NONE, CERT_OPTIONAL and CERT_REQUIRED")
    return found

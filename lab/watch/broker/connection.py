"""A connection to one broker: its address as Celery's URLs name it, and the client that reaches it.

The rules are those of `kombu.utils.url:url_to_parts` and `kombu.transport.redis:Channel._connparams` (5.7):
a URL that Celery takes means the same here. It knows nothing of what is read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from lab.watch.broker.address import ANSWER_SECONDS, CONNECT_SECONDS, SEVERAL, AddressError, cut_apart
from lab.watch.broker.options import SOCKET, take_db, take_tls

if TYPE_CHECKING:
    import redis

NAME = "unacked"
"""What a connection calls itself in `CLIENT LIST`, where the server lets it."""

PORTS = {"redis": 6379, "rediss": 6379, "sentinel": 26379}

ALLOWED = (
    "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss://…, redis+socket:///PATH[?virtual_host=DB], unix:///PATH"
    " or sentinel://HOST[:PORT][/DB];sentinel://… with a master's name,"
    " with # / ? @ in a password written as %23 %2F %3F %40"
)


@dataclass(frozen=True)
class Address:
    """How to reach one broker: by TCP, with TLS, through a Unix socket, or through Sentinels."""

    host: str = "127.0.0.1"
    port: int = 6379
    db: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = ""
    """Of a Unix socket; empty for every other way."""
    tls: Mapping[str, str | bool] | None = field(default=None, repr=False, hash=False)
    """redis-py's `ssl_*` options; None without TLS."""
    sentinels: tuple[tuple[str, int], ...] = ()
    master: str = ""
    """What the Sentinels call the broker (kombu's transport option `master_name`)."""
    sentinel_user: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    """What the Sentinels themselves ask for (kombu's `sentinel_kwargs`); they are never asked with TLS."""

    @classmethod
    def from_url(cls, url: str, *, master: str = "") -> Address:
        """The address that Celery would take the URL for. Raises `AddressError`.

        As with kombu, the first of several `sentinel://` tells user, password, db and options, and
        `rediss://` without any `ssl_` option has no certificate checked.
        """
        try:
            # Bytes that are no text, of an argument or the environment, could not be sent either.
            url.encode()
            parts = [urlsplit(each) for each in SEVERAL.split(url)]
            ports = [each.port for each in parts]
        except ValueError:
            raise AddressError(f"The broker's URL cannot be read: {ALLOWED} is allowed") from None
        first = parts[0]
        if first.scheme not in PORTS and first.scheme not in SOCKET:
            begins = f" (it begins with {first.scheme[:16]}://)" if re.match(r"[a-z+]+://", url) else ""
            raise AddressError(f"The broker's URL is none of Redis{begins}: {ALLOWED} is allowed")
        if any(cut_apart(each) for each in parts if each.scheme not in SOCKET or each.netloc):
            raise AddressError(f"The broker's URL is cut apart by a # / ? or @: {ALLOWED} is allowed")
        if len(parts) > 1 and {each.scheme for each in parts} != {"sentinel"}:
            raise AddressError("The URL names several brokers: name one (or several sentinel://)")
        options = dict(parse_qsl(first.query, keep_blank_values=True))
        user, password = options.pop("username", ""), options.pop("password", "")
        plain = cls(
            user=unquote(first.username or "") or user or None,
            password=unquote(first.password or "") or password or None,
            db=take_db(first, options),
            master=options.pop("master_name", "") or master,
            tls=take_tls(first.scheme, options),
        )
        if options:
            raise AddressError("The broker's URL has an option that is not known, or cannot be used here")
        if first.scheme in SOCKET:
            if first.hostname or len(first.path) < 2:
                raise AddressError(f"A Unix socket has three slashes: {first.scheme}:///run/redis.sock")
            return replace(plain, path=unquote(first.path), tls=None)
        hosts = [
            (unquote(each.hostname or "") or cls.host, port or PORTS[each.scheme])
            for each, port in zip(parts, ports, strict=True)
        ]
        if first.scheme != "sentinel":
            return replace(plain, host=hosts[0][0], port=hosts[0][1])
        if not plain.master:
            raise AddressError("sentinel:// needs the master's name (Celery's transport option master_name)")
        return replace(plain, sentinels=tuple(hosts))

    @property
    def masked(self) -> str:
        """What is shown of it: a URL without the password."""
        user = quote(self.user or "", safe="")
        who = f"{user}:***@" if self.password else f"{user}@" if user else ""
        if self.path:
            db = f"?virtual_host={self.db}" if self.db else ""
            return f"redis+socket://{who}{quote(self.path)}{db}"
        if self.sentinels:
            first, *rest = [f"{_bracketed(host)}:{port}" for host, port in self.sentinels]
            others = "".join(f";sentinel://{host}" for host in rest)
            return f"sentinel://{who}{first}/{self.db}{others} (master {self.master})"
        scheme = "redis" if self.tls is None else "rediss"
        return f"{scheme}://{who}{_bracketed(self.host)}:{self.port}/{self.db}"

    @property
    def secrets(self) -> list[str]:
        """Every text that must not be shown, as it is and as a URL has it."""
        held = [self.password, self.sentinel_password, (self.tls or {}).get("ssl_password")]
        plain = [secret for secret in held if isinstance(secret, str) and secret]
        return [*plain, *(quote(secret, safe="") for secret in plain)]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def connect(address: str | Address) -> redis.Redis:
    """A client for one thread; nothing is sent before the first command. Raises `AddressError`."""
    # Here, because whoever only shows an address must start fast.
    import redis
    from redis.sentinel import Sentinel

    if isinstance(address, str):
        address = Address.from_url(address)
    # A source reconnects by itself and says so: a silent retry would hide the gap.
    timeouts: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": None,
        # Redis 5 knows no other.
        "protocol": 2,
    }
    options: dict[str, Any] = {
        **timeouts,
        "username": address.user,
        "password": address.password,
        "db": address.db,
        "redis_connect_func": _introduce,
    }
    if address.tls is not None:
        options |= {"ssl": True, **address.tls}
    if address.path:
        return redis.Redis(unix_socket_path=address.path, **options)
    if address.sentinels:
        own = {"username": address.sentinel_user, "password": address.sentinel_password}
        sentinel = Sentinel(  # type: ignore[no-untyped-call]
            address.sentinels, sentinel_kwargs={**timeouts, **own}, **options
        )
        master: redis.Redis = sentinel.master_for(address.master)  # type: ignore[no-untyped-call]
        return master
    return redis.Redis(host=address.host, port=address.port, **options)


def ping(client: redis.Redis) -> None:
    """Have the broker say anything: one that forbids the question does. Raises `redis.RedisError` where
    nobody answers, or nobody is let in."""
    import redis

    with contextlib.suppress(redis.exceptions.NoPermissionError):
        client.ping()


def _introduce(connection: Any) -> None:
    """Log in and choose the db; then say who this is, which a server may refuse at no cost."""
    import redis

    # The library would name itself with two commands that servers before 7.2 do not know.
    connection.driver_info = connection.lib_name = connection.lib_version = None
    connection.on_connect()
    with contextlib.suppress(redis.ResponseError):
        connection.send_command("CLIENT", "SETNAME", NAME)
        connection.read_response()

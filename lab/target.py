"""The target: which broker is attached, how its deployment names things, and what was said of its workers.

It comes from a URL, from the environment, or from a Celery app. Nothing here connects to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from lab.said import app_says
from lab.watch.broker.address import AddressError
from lab.watch.broker.connection import Address
from lab.watch.broker.layout import Layout
from lab.watch.facts import Configured
from lab.watch.sources.discovery.deployment import Found

URL_NAMES = ("CELERY_BROKER_URL", "BROKER_URL")
"""Where the environment, or `.env`, names a broker; the first that is there counts."""


class TargetError(RuntimeError):
    """There is nothing to attach to; the text is one line for the user, with no secret in it."""


@dataclass(frozen=True)
class Target:
    """A broker that is somebody else's, and what is known of its deployment before anything was seen."""

    address: Address
    layout: Layout = field(default_factory=Layout)
    layout_said: bool = False
    """Whether the layout was said by the app or by flags; where not, it is found out."""
    db_said: bool = False
    """Whether the db was named; where not, another one may be meant."""
    traces: bool = False
    """Whether anything of a deployment was found: its keys, or its workers."""
    found: bool = False
    """Whether a worker of this deployment was heard; where not, one that comes may name things otherwise."""
    said: tuple[Configured, ...] = ()
    """What the app or the user said of every worker."""
    app: str = ""
    """The name of the Celery app; empty where none was given."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the layout that flags said: they win over what is found."""


def from_url(url: str, layout: Layout | None = None, *, master: str = "") -> Target:
    """The broker that a URL names. Raises `TargetError`."""
    try:
        address = Address.from_url(url, master=master)
        return Target(address, layout or Layout(), layout is not None, db_said=_names_db(url))
    except AddressError as error:
        raise TargetError(str(error)) from None


def environment_url(environ: Mapping[str, str], dotenv: Path = Path(".env")) -> str:
    """The URL that the environment or the `.env` file names. Raises `TargetError` where neither does."""
    try:
        file = dotenv_values(dotenv) if dotenv.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{dotenv} cannot be read: {error}") from None
    for name in URL_NAMES:
        if url := environ.get(name) or file.get(name):
            return url
    raise TargetError(f"Neither the environment nor .env names a broker: set {URL_NAMES[0]}, or give its URL")


def from_app(app: Any) -> Target:
    """The broker and the settings of a Celery app. Raises `TargetError`.

    Read are `broker_read_url`, `broker_url`, `broker_use_ssl`, `broker_transport_options`, `task_queues`,
    `task_default_queue` and `event_exchange` (`celery.app.defaults`, 5.7.0).
    """
    import kombu

    # It may be no Celery app at all: whatever stands under the name is taken for one.
    main = getattr(app, "main", None) or "?"
    who = f"The app {main}"
    try:
        conf = app.conf
        url = conf.broker_read_url or conf.broker_url
        options: dict[str, Any] = dict(conf.broker_transport_options or {})
        tls, events, queues = conf.broker_use_ssl, str(conf.event_exchange), sorted(app.amqp.queues)
    except Exception as error:
        # Settings are loaded when they are first read, by the user's own code, which may raise anything.
        why = " ".join(str(error).split())
        raise TargetError(f"{who} cannot be read: {type(error).__name__}: {why}") from None
    if isinstance(url, (list, tuple)):
        url = ";".join(url)
    try:
        address = Address.from_url(str(url or ""), master=str(options.get("master_name") or ""))
    except AddressError as error:
        raise TargetError(f"{who}: {error}") from None
    sentinel = options.get("sentinel_kwargs") or {}
    if isinstance(sentinel, Mapping):
        user, password = (str(sentinel.get(key) or "") or None for key in ("username", "password"))
        address = replace(address, sentinel_user=user, sentinel_password=password)
    try:
        if tls:
            address = replace(address, tls=_tls(tls))
    except ValueError as error:
        raise TargetError(f"{who}: broker_use_ssl: {error}") from None
    try:
        layout = layout_of(options, events, queues)
        said = app_says(options, kombu.VERSION[:2])
    except (TypeError, ValueError, OverflowError) as error:
        raise TargetError(f"{who}: broker_transport_options: {error}") from None
    return Target(address, layout, layout_said=True, db_said=True, said=(said,), app=main)


def layout_of(options: Mapping[str, Any], event_exchange: str, queues: Sequence[str]) -> Layout:
    """The layout that transport options make. Raises `TypeError` and `ValueError` for what kombu refuses."""
    plain = Layout()
    return Layout(
        # None is none, as with kombu: an environment variable that is not set, say.
        prefix=str(options.get("global_keyprefix") or ""),
        unacked_key=str(options.get("unacked_key", plain.unacked_key)),
        unacked_index_key=str(options.get("unacked_index_key", plain.unacked_index_key)),
        unacked_mutex_key=str(options.get("unacked_mutex_key", plain.unacked_mutex_key)),
        sep=str(options.get("sep", plain.sep)),
        priority_steps=tuple(int(step) for step in options.get("priority_steps", plain.priority_steps)),
        event_exchange=event_exchange,
        fanout_prefix=options.get("fanout_prefix", plain.fanout_prefix),
        fanout_patterns=bool(options.get("fanout_patterns", plain.fanout_patterns)),
        queues=tuple(queues),
    )


def with_found(target: Target, found: Found) -> Target:
    """The target as one deployment on its broker was found to be."""
    plain = target.layout
    seen = {int(step) for lists in found.queues.values() for step in _steps(lists, found.sep or plain.sep)}
    fanout: bool | str = plain.fanout_prefix
    if found.fanout is not None and found.fanout != f"/{found.db}.":
        # A literal text of the deployment's own, in which braces would be taken for a field.
        fanout = found.fanout.replace("{", "{{").replace("}", "}}")
    unacked = found.unacked.removeprefix(found.prefix) if found.unacked else plain.unacked_key
    layout = replace(
        plain,
        prefix=found.prefix,
        unacked_key=unacked,
        sep=found.sep or plain.sep,
        priority_steps=tuple(sorted({*plain.priority_steps, *seen})),
        event_exchange=found.event_exchange,
        fanout_prefix=fanout,
        queues=tuple(sorted({*plain.queues, *found.queues})),
    )
    return replace(
        target,
        address=replace(target.address, db=found.db),
        layout=replace(layout, **target.overrides),
        found=bool(found.workers),
        traces=True,
    )


def meant(target: Target, found: Sequence[Found]) -> list[Found]:
    """Those that what was said leaves, without what nobody works on where anybody works on another."""
    prefix = target.overrides.get("prefix")
    left = [
        each
        for each in found
        if (each.db == target.address.db or not target.db_said) and prefix in (None, each.prefix)
    ]
    return [each for each in left if each.workers] or left


def chosen(target: Target, found: Found) -> Target:
    """The target with the deployment that the user chose: no other one is meant from now on."""
    overrides = {**target.overrides, "prefix": found.prefix}
    return with_found(replace(target, db_said=True, overrides=overrides), found)


def _steps(lists: Sequence[str], sep: str) -> list[str]:
    return [step for each in lists[1:] if (step := each.rpartition(sep)[2]).isdecimal()]


def _names_db(url: str) -> bool:
    """Whether a URL says which db is meant."""
    parts = urlsplit(url.partition(";")[0])
    in_path = parts.path.strip("/") and not parts.scheme.endswith(("socket", "unix"))
    return bool(in_path) or "db=" in parts.query or "virtual_host=" in parts.query


def _tls(options: Any) -> dict[str, str | bool]:
    """`broker_use_ssl`, a dict or True, as redis-py's options. Raises `ValueError` for what those are not."""
    if not isinstance(options, Mapping):
        return {"ssl_cert_reqs": "required"}
    import redis

    known = {name for name in signature(redis.Redis).parameters if name.startswith("ssl_")}
    if strange := sorted(str(key) for key in options if key not in known):
        raise ValueError(f"{', '.join(strange)} is no option of a connection with TLS")
    found: dict[str, str | bool] = {}
    for key, value in options.items():
        if key == "ssl_cert_reqs":
            name = getattr(value, "name", str(value)).lower()
            found[key] = name.removeprefix("cert_")
        elif isinstance(value, (str, bool)):
            found[key] = value
    return found

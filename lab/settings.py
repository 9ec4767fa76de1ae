"""What can be set: flags over environment over `.env` over defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from lab.watch.broker.address import AddressError, cut_apart
from lab.watch.broker.connection import Address

ENVIRONMENT = {
    "broker_url": "BROKER_URL",
    "lab_prefix": "LAB_PREFIX",
    "visibility_timeout": "VISIBILITY_TIMEOUT",
    "restore_interval": "RESTORE_INTERVAL",
    "restore_throttle": "RESTORE_THROTTLE",
    "workers": "WORKERS",
    "concurrency": "CONCURRENCY",
    "eta_seconds": "ETA_SECONDS",
}
"""Field of `Settings` to its name in the environment and in `.env`."""

YEAR = 31_536_000
"""Seconds beyond which a wait is a mistake."""

LIMITS = {
    "visibility_timeout": (1, YEAR),
    "restore_interval": (1, 86_400),
    "restore_throttle": (1, 1_000),
    "workers": (0, 32),
    "concurrency": (1, 64),
    "eta_seconds": (0, YEAR),
}
"""Field to its smallest and largest value, whole numbers; times in seconds."""

PROFILES: Mapping[str, Mapping[str, int]] = {
    "fast": {},
    "seed": {"restore_interval": 10, "restore_throttle": 10, "eta_seconds": 120},
}
"""`fast` is the defaults, redelivery within seconds; `seed` is kombu's own sweep and an ETA of 120 s."""


ALLOWED_URL = (
    "redis://[:PASSWORD@]HOST[:PORT][/DB], rediss://… or redis+socket:///PATH[?virtual_host=DB] is allowed,"
    " with # / ? @ in a password written as %23 %2F %3F %40"
)


class SettingError(ValueError):
    """A setting has a value that is not allowed; the text is one line for the user."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that shapes a rig. Times are whole seconds."""

    broker_url: str | None = None
    """A Redis or Valkey to use; None starts an embedded Valkey."""
    lab_prefix: str | None = None
    """The key prefix on a named broker; None makes one that is unique to the run."""
    visibility_timeout: int = 5
    restore_interval: int = 1
    restore_throttle: int = 1
    workers: int = 2
    concurrency: int = 2
    eta_seconds: int = 30

    @property
    def sweep_period(self) -> int:
        """Seconds between two sweeps of one worker (`kombu.transport.redis:QoS.restore_visible`)."""
        return self.restore_interval * self.restore_throttle


def flag_of(field: str) -> str:
    """The flag of a setting, by its field."""
    return "--broker" if field == "broker_url" else f"--{field.replace('_', '-')}"


def load(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    profile: str | None = None,
    dotenv: Path = Path(".env"),
) -> Settings:
    """Settle every setting: `flags` (None: not given), profile, `environ`, the `.env` file, default.

    Raises `SettingError`, one line that names the setting, its value and what is allowed.
    """
    try:
        file = dotenv_values(dotenv) if dotenv.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{dotenv} cannot be read: {error}") from None
    settled: dict[str, Any] = {}
    for field, name in ENVIRONMENT.items():
        given = flags.get(field)
        if given is not None:
            settled[field] = _checked(field, flag_of(field), given)
        elif profile is not None and field in PROFILES[profile]:
            settled[field] = PROFILES[profile][field]
        elif text := environ.get(name) or file.get(name):
            settled[field] = _checked(field, name, text)
    if settled.get("broker_url") and not settled.get("lab_prefix", "made").strip():
        # Kombu's `unacked` is one for the whole db: the lab's workers, with a visibility timeout of seconds,
        # would redeliver what other people's workers hold.
        raise SettingError(
            "--lab-prefix is empty: on a named broker a prefix of the lab's own is allowed,"
            " or none given, which makes one"
        )
    return Settings(**settled)


def _checked(field: str, shown: str, value: Any) -> Any:
    if field == "broker_url":
        return _broker_url(shown, str(value))
    if field == "lab_prefix":
        return str(value)
    smallest, largest = LIMITS[field]
    try:
        number = int(str(value).strip())
    except ValueError:
        number = smallest - 1
    if not smallest <= number <= largest:
        raise SettingError(f"{shown} is {value!r}: a whole number from {smallest} to {largest} is allowed")
    return number


def _broker_url(shown: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme == "redis+socket":
            # The one that kombu knows of those for a Unix socket.
            plain = not parts.hostname and len(parts.path) > 1
        else:
            plain = parts.scheme in ("redis", "rediss") and bool(parts.hostname)
        plain = plain and parts.port != 0 and not cut_apart(parts)
    except ValueError:
        plain = False
    if not plain:
        # The value may hold a password that could not be told from the rest, so it is not repeated.
        scheme = url.split(":", 1)[0][:16]
        raise SettingError(f"{shown} is not a Redis URL (it begins with {scheme!r}): {ALLOWED_URL}")
    try:
        Address.from_url(url)
    except AddressError as error:
        raise SettingError(f"{shown} cannot be used. {error}: {ALLOWED_URL}") from None
    return url

"""The spec of a rig: what is wanted, from the settings, as the keeper gets it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from lab.rig.terminal import SavedTerminal
from lab.rig.workers import Backoff, WorkerSpec
from lab.settings import Settings


class RigSpec(msgspec.Struct, frozen=True):
    """A rig as it is wanted. It travels through a pipe, so no password shows in a process list."""

    id: str
    """8 hex digits, unique to the run."""
    broker_url: str | None
    """None starts an embedded server."""
    prefix: str
    erase: bool
    """The prefix was made for this run: its keys are deleted at the end."""
    workers: list[WorkerSpec]
    visibility_timeout: int
    restore_interval: int
    restore_throttle: int
    backoff: Backoff
    terminal: SavedTerminal | None
    """Restored when the program ends without a `Quit`; its fd is open in the keeper."""
    server_options: list[str] = []
    """More of the embedded server's command line, such as `--appendonly yes`; the later one wins."""


def rig_spec(
    settings: Settings,
    *,
    workers: Iterable[WorkerSpec] | None,
    backoff: Backoff | None,
    terminal: SavedTerminal | None,
    server_options: Iterable[str],
) -> RigSpec:
    """A new rig with these settings, under an id and, on a named broker, a prefix of its own.

    `workers` replaces those that the settings ask for.
    """
    lab_id = secrets.token_hex(4)
    if workers is None:
        workers = [worker_spec(f"w{number + 1}@lab", settings) for number in range(settings.workers)]
    made = settings.lab_prefix is None and settings.broker_url is not None
    return RigSpec(
        id=lab_id,
        broker_url=settings.broker_url,
        prefix=f"unacked-lab:{lab_id}:" if made else settings.lab_prefix or "",
        erase=made,
        workers=list(workers),
        visibility_timeout=settings.visibility_timeout,
        restore_interval=settings.restore_interval,
        restore_throttle=settings.restore_throttle,
        backoff=backoff or Backoff(),
        terminal=terminal,
        server_options=list(server_options),
    )


def worker_spec(name: str, settings: Settings) -> WorkerSpec:
    """A worker of that name, as the settings ask for."""
    return WorkerSpec(
        name=name,
        concurrency=settings.concurrency,
        visibility_timeout=settings.visibility_timeout,
        restore_interval=settings.restore_interval,
        restore_throttle=settings.restore_throttle,
    )

"""Reports: what the keeper tells the program, each a frozen record with the wall-clock time `at`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Why = Literal["killed", "retired", "restarting", "crashed"]
"""Why a worker ended. `killed` is by SIGKILL, whoever sent it; `crashed` is any other end not asked for."""


class _Report(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    at: float
    """Seconds since the epoch."""


class KeeperStarted(_Report, frozen=True, tag=True, kw_only=True):
    """The keeper runs and has its temporary folder."""

    pid: int
    folder: str
    logs: str
    truth_log: str


class BrokerReady(_Report, frozen=True, tag=True, kw_only=True):
    """The embedded server answers; or a broker was named, of which the keeper knows nothing more.

    `url` is not masked. `pid` and `version` are None for a named broker.
    """

    url: str
    pid: int | None
    prefix: str
    embedded: bool
    version: str | None


class BrokerDied(_Report, frozen=True, tag=True, kw_only=True):
    """The embedded server ended; it is started again in the same place. `status` is negative for a signal."""

    pid: int
    status: int


class WorkerStarted(_Report, frozen=True, tag=True, kw_only=True):
    """A worker's process was spawned; that Celery is up in it shows in its events."""

    name: str
    pid: int
    visibility_timeout: int
    restore_interval: int
    restore_throttle: int
    pool: str
    log: str


class WorkerExited(_Report, frozen=True, tag=True, kw_only=True):
    """A worker's process ended, and its group. `pid` and `status` are None if it had none when retired."""

    name: str
    pid: int | None
    status: int | None
    why: Why
    restart_in: float | None
    """Seconds until it is started again; None if it is not."""


class WorkerFrozen(_Report, frozen=True, tag=True, kw_only=True):
    """A worker was stopped with all its children, or (`frozen` false) goes on."""

    name: str
    pid: int
    frozen: bool


class WorkerGaveUp(_Report, frozen=True, tag=True, kw_only=True):
    """A worker ended so often that it is not started again; `log` says why."""

    name: str
    log: str


class RigFailed(_Report, frozen=True, tag=True, kw_only=True):
    """Something could not be done; `line` is for the user. `fatal`: there is no rig without it."""

    line: str
    fatal: bool


class KeeperEnded(_Report, frozen=True, tag=True, kw_only=True):
    """The keeper has ended and removed everything; its last word. `why` is `quit`, `SIGTERM` or `failed`."""

    why: str


class KeeperLost(_Report, frozen=True, tag=True, kw_only=True):
    """The keeper ended without being told to by the program, which then ended what was left; quit now."""

    why: str


class LeftCleared(_Report, frozen=True, tag=True, kw_only=True):
    """What another lab left whose program and keeper were killed was ended and removed, by this program:
    not the keeper's word. `what` is a clause."""

    lab: str
    what: str


Report = (
    KeeperStarted
    | BrokerReady
    | BrokerDied
    | WorkerStarted
    | WorkerExited
    | WorkerFrozen
    | WorkerGaveUp
    | RigFailed
    | KeeperEnded
    | KeeperLost
    | LeftCleared
)

Tell = Callable[[Report], None]

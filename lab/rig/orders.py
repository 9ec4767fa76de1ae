"""Orders: what the program tells the keeper, one JSON line each; the first is the whole `RigSpec`."""

from __future__ import annotations

import msgspec

from lab.rig.terminal import SavedTerminal
from lab.rig.workers import Backoff, WorkerSpec


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


class AddWorker(msgspec.Struct, frozen=True, tag=True):
    """Start one more worker, and keep it running."""

    spec: WorkerSpec


class RetireWorker(msgspec.Struct, frozen=True, tag=True):
    """End a worker warmly and do not start it again."""

    name: str


class KillWorker(msgspec.Struct, frozen=True, tag=True):
    """End a worker and its children at once, as a crash would."""

    name: str


class FreezeWorker(msgspec.Struct, frozen=True, tag=True):
    """Stop a worker and its children in their tracks, or let them go on."""

    name: str
    frozen: bool


class RestartWorkers(msgspec.Struct, frozen=True, tag=True):
    """End every worker warmly and start it again with another visibility timeout, in seconds."""

    visibility_timeout: int


class KillServer(msgspec.Struct, frozen=True, tag=True):
    """End the embedded server at once; it comes back empty, on the same port."""


class Quit(msgspec.Struct, frozen=True, tag=True):
    """End everything; the program has given its terminal back by itself."""


Order = AddWorker | RetireWorker | KillWorker | FreezeWorker | RestartWorkers | KillServer | Quit

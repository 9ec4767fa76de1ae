"""Orders: what the program tells the keeper, one JSON line each, after the `RigSpec` as the first."""

from __future__ import annotations

import msgspec

from lab.rig.workers import WorkerSpec


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
    """End the embedded server at once; it comes back empty, behind the same socket."""


class Quit(msgspec.Struct, frozen=True, tag=True):
    """End everything; the program has given its terminal back by itself."""


Order = AddWorker | RetireWorker | KillWorker | FreezeWorker | RestartWorkers | KillServer | Quit

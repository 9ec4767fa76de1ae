"""A fault: what is done, what must be said of it within three seconds, and how the watch must end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.faulting.server import Server
    from bench.faulting.traffic import Traffic
    from bench.faulting.watcher import Watcher
    from tests.lab.watch.sources.proxy import Proxy

COMPLETE, INCOMPLETE, NOT_WATCHED = 0, 3, 2
"""How `lab watch` ends."""


@dataclass
class Ground:
    """Where a fault comes about: a server with messages that a worker holds, a way to it, and who watches."""

    folder: Path
    server: Server
    proxy: Proxy
    traffic: Traffic
    url: str = ""
    """What is watched, where it is not the server through the proxy."""
    arguments: tuple[str, ...] = ()
    watcher: Watcher | None = None
    kept: list[Any] = field(default_factory=list)
    """What is to stay until the end."""
    ran: set[str] = field(default_factory=set)
    """Ids of tasks that real workers ran."""
    begun: float | None = None
    """When the fault itself came, where something had to be made ready for it; on the monotonic clock."""

    @property
    def client(self) -> Any:
        return self.server.client

    @property
    def watching(self) -> Watcher:
        assert self.watcher is not None
        return self.watcher


Doing = Callable[[Ground], Iterator[None]]


@dataclass(frozen=True)
class Fault:
    """One row of the table. `do` brings it about, and heals it behind its `yield`."""

    name: str
    do: Doing
    says: str
    """What must be said, a regular expression; empty where nothing is to be said of the counts."""
    code: int
    at_start: bool = False
    """Whether it is there before the watch begins."""
    heals: bool = True
    options: tuple[str, ...] = ()
    """Of its server."""
    unknown: str = ""
    """What must be named as unknown in the end, a regular expression."""
    direct: bool = False
    """Whether the server is watched without the proxy, which takes every call."""
    held: int = 5
    """Messages that stand in `unacked` before it."""


FAULTS: list[Fault] = []
"""Every fault that was declared."""


def fault(name: str, says: str = "", code: int = INCOMPLETE, **more: Any) -> Callable[[Doing], Doing]:
    """Declare one."""

    def declared(do: Doing) -> Doing:
        FAULTS.append(Fault(name, do, says, code, **more))
        return do

    return declared

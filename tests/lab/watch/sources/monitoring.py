"""MONITOR, the truth about a server apart from what is tested: every command, from whom and when."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType

import redis

from lab.rig.broker import free_port
from lab.watch.broker.connection import connect


def by_tcp(url: str) -> str:
    """Another way to a rig's server, by a port that is opened for it: through a Unix socket all clients have
    one address, and MONITOR cannot tell them apart."""
    with connect(url) as client:
        port = int(client.config_get("port")["port"])
        if not port:
            client.config_set("bind", "127.0.0.1")
            client.config_set("port", port := free_port())
    return f"redis://127.0.0.1:{port}/0"


@dataclass(frozen=True, slots=True)
class Command:
    """One command that the server carried out; `at` in Unix seconds, `sender` as `host:port` or `lua`."""

    at: float
    db: int
    sender: str
    words: tuple[str, ...]


class Monitor:
    """Everything that the server does while this is entered."""

    def __init__(self, url: str) -> None:
        self.commands: list[Command] = []
        self._client = redis.Redis.from_url(url, socket_timeout=1.0)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Monitor:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._client.close()

    def _run(self) -> None:
        with self._client.monitor() as monitor:
            self._ready.set()
            while not self._stopping.is_set():
                try:
                    told = monitor.next_command()
                except redis.TimeoutError:
                    continue
                sender = f"{told['client_address']}:{told['client_port']}".strip(":")
                words = tuple(str(told["command"]).split(" "))
                self.commands.append(Command(told["time"], told["db"], sender, words))

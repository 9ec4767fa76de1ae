"""MONITOR, the truth about a server apart from what is tested: every command, from whom and when."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType

import redis


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

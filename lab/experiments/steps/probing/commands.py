"""The commands that a server carries out, heard by MONITOR, and which connections swept.

MONITOR names the connection of every command, so that no sweep is missed; looks at `CLIENT LIST` might miss
that of a client which is gone a moment later. It costs the server a copy of all traffic: for the lab's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import redis

from lab.watch.broker.layout import Layout

LOOKS = ("ZRANGE", "ZREVRANGEBYSCORE")
"""How a sweep asks for overdue entries: kombu from 5.7 on, and before (`QoS.restore_visible`)."""


class Commands:
    """Listens while it is entered, and closes the connection that it was given. Leaving it waits for the next
    command, of which the lab's own watch sends several a second."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._heard: list[tuple[str, str]] = []
        """Who, as `host:port`, and the command as text."""
        self._error: Exception | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="unacked-monitor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._client.close()

    def sweeps(self, prefix: str) -> dict[str, int]:
        """Which connections swept, and how many messages each put back. Raises `redis.RedisError` or
        `OSError` if something may not have been heard."""
        if self._error:
            raise self._error
        return swept(self._heard, Layout(prefix=prefix).index)

    def _listen(self) -> None:
        try:
            with self._client.monitor() as monitor:  # type: ignore[no-untyped-call]
                self._ready.set()
                while not self._stopping.is_set():
                    told: dict[str, Any] = monitor.next_command()
                    sender = f"{told['client_address']}:{told['client_port']}"
                    self._heard.append((sender, str(told["command"])))
        except (redis.RedisError, OSError) as error:
            self._error = error
            self._ready.set()


def swept(heard: Iterable[tuple[str, str]], index: str) -> dict[str, int]:
    """Who looked for overdue entries, and how many each put back. A restore takes an entry out of the index
    and pushes its message to the right, in one transaction; an acknowledgement only takes it out."""
    restored: dict[str, int] = {}
    taken: set[str] = set()
    for sender, words in heard:
        command, _, rest = words.partition(" ")
        of_index = rest.split(" ", 1)[0] == index
        match command.upper():
            case "MULTI":
                taken.discard(sender)
            case "ZREM" if of_index:
                taken.add(sender)
            case "RPUSH" if sender in taken and sender in restored:
                restored[sender] += 1
            case command if command in LOOKS and of_index:
                restored.setdefault(sender, 0)
    return restored

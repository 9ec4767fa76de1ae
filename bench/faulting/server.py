"""A server of a fault's own, which can be stopped, killed, and started again with what it had or without."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from lab.rig.broker import free_port, server_command

PATIENCE = 15.0
"""Seconds until a server must answer."""


class Server:
    """One embedded server on a loopback port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.client: Any = redis.Redis(port=self.port, socket_timeout=PATIENCE, retry=None)
        """Somebody who may do everything."""
        self._process: subprocess.Popen[bytes] | None = None
        self.start(*options)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str, ready: bool = True) -> None:
        """Start it, on what its folder holds."""
        log = (self.folder / "server.log").open("ab")
        options = ("--enable-debug-command", "yes", *options)
        command = server_command(self.port, self.folder, options)
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()
        until = time.monotonic() + PATIENCE
        while ready and not self.answers() and time.monotonic() < until:
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it says anything to somebody who may do everything."""
        with contextlib.suppress(redis.RedisError, OSError):
            return bool(self.client.ping())
        return False

    def signal(self, number: int) -> None:
        """Stop it, let it go on, or end it, by its own process id."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.client.connection_pool.disconnect()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """It takes what is sent to it, and does nothing (SIGSTOP)."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

"""A child: one process that the keeper spawned, with the group that it leads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol


class Spawn(Protocol):
    """Spawns a child in the rig's folder, its output added to `log`."""

    def __call__(self, command: list[str], log: Path, environment: Mapping[str, str]) -> Child: ...


class Child:
    """A process in a group of its own, from spawn to reaping. Raises `OSError` if it cannot be spawned."""

    def __init__(
        self,
        command: list[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                process_group=0,
                # One thread forks, so nothing is held that the child would wait for.
                preexec_fn=before_exec,
            )
        loop = asyncio.get_running_loop()
        self.pid = self._process.pid
        self.started = loop.time()
        self._ended: asyncio.Future[int] = loop.create_future()

    @property
    def running(self) -> bool:
        """It is not reaped yet, so its pid is its own."""
        return self._process.returncode is None

    def reap(self) -> None:
        """Take notice of its end, if it has ended; never blocks."""
        if not self.running:
            return
        if hasattr(os, "waitid"):
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return
            # Unreaped, it still keeps its pid from being given out again, so nobody else can be hit.
            _signal_group(self.pid, signal.SIGKILL)
            self._process.wait()
        elif self._process.poll() is None:
            return
        else:
            # macOS before Python 3.13: reaped just now, and pids there are not given out again so soon.
            _signal_group(self.pid, signal.SIGKILL)
        self._ended.set_result(self._process.returncode)

    async def wait(self) -> int:
        """Its exit status, a signal's number negative, once it is reaped and its group is killed."""
        # Shielded: whoever stops waiting must not keep the others from hearing of the end.
        return await asyncio.shield(self._ended)

    async def wait_for(self, seconds: float) -> None:
        """Return when it has ended, or after `seconds`."""
        await asyncio.wait((self._ended,), timeout=seconds)

    def end_warmly(self) -> None:
        """SIGTERM to the process alone: its children finish what they run. A frozen one is thawed first."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
            _signal_group(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to the group: outside Linux, a worker's children outlive a kill of the worker alone."""
        self._signal(signal.SIGKILL)

    def freeze(self, frozen: bool) -> None:
        """SIGSTOP or SIGCONT to the group."""
        self._signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            _signal_group(self.pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    # Nobody may be left in it; macOS says "not permitted" when only a zombie is.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)

"""The server's supervisor: starts the embedded server, and again whenever it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.rig import broker, reports
from lab.rig.keeper.child import Child, Spawn
from lab.rig.reports import Tell
from lab.rig.workers import Backoff

FIRST_STARTS = 3
"""How often it is started, if it never answered, before it is given up."""
READY_WITHIN = 30.0
"""Seconds that a server has to answer. It takes some 20 ms; a machine may be very busy."""


class ServerSupervisor:
    """Keeps the embedded server running, always behind the same Unix socket in the rig's folder."""

    def __init__(
        self,
        folder: Path,
        log: Path,
        spawn: Spawn,
        tell: Tell,
        backoff: Backoff,
        prefix: str,
        options: Sequence[str] = (),
    ) -> None:
        self._folder, self._log, self._spawn, self._tell = folder, log, spawn, tell
        self._backoff, self._prefix, self._options = backoff, prefix, options
        self._door = folder / broker.SOCKET
        self._child: Child | None = None
        self._ready = False
        """Whether it ever answered."""

    async def keep(self) -> None:
        """Start the server, and again whenever it ends, until it is given up."""
        failures = 0
        while True:
            try:
                command = broker.server_command(self._door, self._folder, self._options)
                self._child = child = self._spawn(command, self._log, {})
            except (OSError, broker.BrokerError) as error:
                self._tell(reports.RigFailed(at=time.time(), line=str(error), fatal=True))
                return
            info = await self._answer(child)
            if info is not None:
                self._tell(
                    reports.BrokerReady(
                        at=time.time(),
                        url=broker.socket_url(self._door),
                        pid=child.pid,
                        prefix=self._prefix,
                        embedded=True,
                        version=broker.server_version(info),
                    )
                )
                self._ready, failures = True, 0
            status = await child.wait()
            if info is not None:
                self._tell(reports.BrokerDied(at=time.time(), pid=child.pid, status=status))
                if asyncio.get_running_loop().time() - child.started < self._backoff.first:
                    # Not as fast as it can die.
                    await asyncio.sleep(self._backoff.first)
                continue
            failures += 1
            pause = self._backoff.pause(failures)
            if not self._ready:
                # What it cannot start with, such as an option that it does not know, will not change.
                pause = 0.0 if failures < FIRST_STARTS else None
            if pause is None:
                self._tell(reports.RigFailed(at=time.time(), line=self._complaint(), fatal=True))
                return
            await asyncio.sleep(pause)

    def kill(self) -> None:
        """End the server at once; `keep` starts it again."""
        if self._child is not None:
            self._child.kill()

    async def _answer(self, child: Child) -> Mapping[str, str] | None:
        """What our own child answers to INFO; None if it ended, or was ended because it did not answer."""
        until = child.started + READY_WITHIN
        while child.running and asyncio.get_running_loop().time() < until:
            info = await broker.server_info(self._door)
            if info is not None and info.get("process_id") == str(child.pid):
                return info
            await child.wait_for(0.01)
        child.kill()
        return None

    def _complaint(self) -> str:
        try:
            lines = self._log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return f"The embedded Valkey does not start: {lines[-1] if lines else 'it says nothing'}"

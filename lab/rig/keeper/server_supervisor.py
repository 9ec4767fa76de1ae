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

OTHER_PORTS = 10
"""How many ports are tried at the first start before the server is given up."""
READY_WITHIN = 30.0
"""Seconds that a server has to answer. It takes some 20 ms; a machine may be very busy."""


class ServerSupervisor:
    """Keeps the embedded server running: the first start finds a port, which is then kept."""

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
        self._port: int | None = None
        self._child: Child | None = None

    async def keep(self) -> None:
        """Start the server, and again whenever it ends, until it is given up."""
        failures = 0
        while True:
            port = self._port or broker.free_port()
            try:
                command = broker.server_command(port, self._folder, self._options)
                self._child = child = self._spawn(command, self._log, {})
            except (OSError, broker.BrokerError) as error:
                self._tell(reports.RigFailed(at=time.time(), line=str(error), fatal=True))
                return
            info = await self._answer(child, port)
            if info is not None:
                self._port = port
                self._tell(
                    reports.BrokerReady(
                        at=time.time(),
                        url=f"redis://{broker.HOST}:{port}/0",
                        pid=child.pid,
                        prefix=self._prefix,
                        embedded=True,
                        version=broker.server_version(info),
                    )
                )
                failures = 0
            status = await child.wait()
            if info is not None:
                self._tell(reports.BrokerDied(at=time.time(), pid=child.pid, status=status))
                if asyncio.get_running_loop().time() - child.started < self._backoff.first:
                    # Not as fast as it can die.
                    await asyncio.sleep(self._backoff.first)
                continue
            failures += 1
            pause = self._backoff.pause(failures)
            if self._port is None:
                # Most likely the port was taken in the meantime: another one, at once.
                pause = 0.0 if failures < OTHER_PORTS else None
            if pause is None:
                self._tell(reports.RigFailed(at=time.time(), line=self._complaint(), fatal=True))
                return
            await asyncio.sleep(pause)

    def kill(self) -> None:
        """End the server at once; `keep` starts it again."""
        if self._child is not None:
            self._child.kill()

    async def _answer(self, child: Child, port: int) -> Mapping[str, str] | None:
        """What our own child answers to INFO: on a taken port somebody else's server would answer."""
        until = child.started + READY_WITHIN
        while child.running and asyncio.get_running_loop().time() < until:
            info = await broker.server_info(port)
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

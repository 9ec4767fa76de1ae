"""A worker's supervisor: starts one worker, and again whenever it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lab.rig import reports
from lab.rig.keeper.child import Child, Spawn
from lab.rig.reports import Tell
from lab.rig.workers import Backoff, WorkerSpec, command

RETIRE_WITHIN = 60.0
RESTART_WITHIN = 8.0
"""Seconds that a worker has to end warmly, when it retires and when it is restarted."""


class WorkerSupervisor:
    """Keeps one worker running: starts it again with growing pauses, until it is retired or given up."""

    def __init__(
        self,
        spec: WorkerSpec,
        log: Path,
        spawn: Spawn,
        tell: Tell,
        backoff: Backoff,
        environment: Callable[[WorkerSpec], Mapping[str, str]],
    ) -> None:
        self.spec = spec
        self._log, self._spawn, self._tell, self._backoff = log, spawn, tell, backoff
        self._environment = environment
        self._child: Child | None = None
        self._failures = 0
        self._asked: reports.Why | None = None
        """Why the process that runs now was told to end."""
        self._retired = False
        self._again = asyncio.Event()
        """Set to start without waiting for the pause to be over."""

    @property
    def idle(self) -> bool:
        """There is no process now."""
        return self._child is None

    async def keep(self) -> None:
        """Start the worker, and again whenever it ends, until it is retired."""
        while not self._retired:
            self._again.clear()
            try:
                child = self._spawn(command(self.spec), self._log, self._environment(self.spec))
            except OSError as error:
                line = f"{self.spec.name} cannot be started: {error}"
                self._tell(reports.RigFailed(at=time.time(), line=line, fatal=False))
                self._failures += 1
                await self._pause(self._backoff.pause(self._failures))
                continue
            self._child, self._asked = child, None
            self._tell(
                reports.WorkerStarted(
                    at=time.time(),
                    name=self.spec.name,
                    pid=child.pid,
                    visibility_timeout=self.spec.visibility_timeout,
                    restore_interval=self.spec.restore_interval,
                    restore_throttle=self.spec.restore_throttle,
                    pool=self.spec.pool,
                    log=str(self._log),
                )
            )
            await self._after(child, await child.wait())

    def kill(self) -> None:
        """End the worker at once; it is started again after the shortest pause."""
        if self._child is not None:
            self._asked = self._asked or "killed"
            self._child.kill()

    def freeze(self, frozen: bool) -> None:
        """Stop the worker with its children, or let them go on."""
        if self._child is not None:
            self._child.freeze(frozen)
            name, pid = self.spec.name, self._child.pid
            self._tell(reports.WorkerFrozen(at=time.time(), name=name, pid=pid, frozen=frozen))

    def retire(self) -> None:
        """End the worker warmly and do not start it again; after 60 s it is killed."""
        if self._retired:
            return
        self._retired = True
        self._again.set()
        if self._child is None:
            self._tell_exit(None, None, "retired", None)
        else:
            self._end_warmly(self._child, "retired", RETIRE_WITHIN)

    def restart(self, visibility_timeout: int) -> None:
        """End the worker warmly, killed after 8 s; start it with that visibility timeout, in seconds."""
        if self._retired:
            return
        self.spec = replace(self.spec, visibility_timeout=visibility_timeout)
        self._failures = 0
        self._again.set()
        if self._child is not None:
            self._end_warmly(self._child, "restarting", RESTART_WITHIN)

    def _end_warmly(self, child: Child, why: reports.Why, within: float) -> None:
        self._asked = why
        child.end_warmly()
        asyncio.get_running_loop().call_later(within, child.kill)

    async def _after(self, child: Child, status: int) -> None:
        self._child = None
        why = self._asked or ("killed" if status == -signal.SIGKILL else "crashed")
        if why in ("retired", "restarting"):
            self._tell_exit(child, status, why, 0.0 if why == "restarting" else None)
            return
        if self._asked == "killed":
            # Part of an experiment: it says nothing about whether the worker can run.
            pause = self._backoff.pause(1)
        else:
            lived = asyncio.get_running_loop().time() - child.started
            self._failures = self._backoff.failures(self._failures, lived)
            pause = self._backoff.pause(self._failures)
        self._tell_exit(child, status, why, pause)
        await self._pause(pause)

    async def _pause(self, pause: float | None) -> None:
        if pause is None:
            gave_up = reports.WorkerGaveUp(at=time.time(), name=self.spec.name, log=str(self._log))
            self._tell(gave_up)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._again.wait(), pause)

    def _tell_exit(
        self, child: Child | None, status: int | None, why: reports.Why, restart_in: float | None
    ) -> None:
        self._tell(
            reports.WorkerExited(
                at=time.time(),
                name=self.spec.name,
                pid=child.pid if child else None,
                status=status,
                why=why,
                restart_in=restart_in,
            )
        )

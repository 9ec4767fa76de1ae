"""The keeper: spawns a rig's processes, restarts them, and ends them all when the program is gone.

It runs in a session of its own, reads orders from one pipe and writes reports to another. Only the program
holds the other end of the first, so its end, however it came, is an EOF here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Coroutine, Mapping
from pathlib import Path

import msgspec

from lab.rig import broker, orders, registry, reports, terminal, workers
from lab.rig.keeper.child import Child
from lab.rig.keeper.server_supervisor import ServerSupervisor
from lab.rig.keeper.worker_supervisor import WorkerSupervisor

REAPED_WITHIN = 2.0
"""Seconds to wait for killed processes to be gone."""


class Keeper:
    """The owner of a rig's processes, folder and registry entry. One thread, which never blocks."""

    def __init__(self, spec: orders.RigSpec, out: asyncio.WriteTransport) -> None:
        self._spec, self._out = spec, out
        self._folder = Path(tempfile.mkdtemp(prefix="unacked-"))
        self._logs = self._folder / "logs"
        self._truth_log = self._folder / "truth.jsonl"
        self._children: list[Child] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._supervisors: dict[str, WorkerSupervisor] = {}
        self._server: ServerSupervisor | None = None
        self._entry: registry.RegistryEntry | None = None
        self._loop = asyncio.get_running_loop()
        self._url: asyncio.Future[str] = self._loop.create_future()
        """The broker's, once there is one."""
        self._over: asyncio.Future[str] = self._loop.create_future()
        """Why it is time to end: `quit`, `EOF`, `SIGTERM` or `failed`."""

    async def run(self, source: asyncio.StreamReader) -> None:
        """Keep the rig until it is over, end it, and report so. It is ended even if keeping it fails."""
        why = "failed"
        try:
            why = await self._keep(source)
        finally:
            await self._close()
            self._tell(reports.KeeperEnded(at=time.time(), why=why))

    async def _keep(self, source: asyncio.StreamReader) -> str:
        self._loop.add_signal_handler(signal.SIGCHLD, self._reap)
        self._loop.add_signal_handler(signal.SIGTERM, self._end, "SIGTERM")
        self._go(self._listen(source))
        try:
            self._open()
        except (OSError, registry.RegistryError) as error:
            self._tell(reports.RigFailed(at=time.time(), line=f"The lab cannot start: {error}", fatal=True))
        why = await self._over
        if why == "EOF" and self._spec.terminal is not None:
            terminal.restore(self._spec.terminal)
        return why

    def _open(self) -> None:
        self._logs.mkdir(mode=0o700)
        self._tell(
            reports.KeeperStarted(
                at=time.time(),
                pid=os.getpid(),
                folder=str(self._folder),
                logs=str(self._logs),
                truth_log=str(self._truth_log),
            )
        )
        registry.runtime_folder()
        spec = self._spec
        if spec.broker_url is None:
            log = self._logs / "server.log"
            self._server = ServerSupervisor(
                self._folder, log, self._spawn, self._tell, spec.backoff, spec.prefix, spec.server_options
            )
            self._go(self._server.keep())
        else:
            ready = reports.BrokerReady(
                at=time.time(),
                url=spec.broker_url,
                pid=None,
                prefix=spec.prefix,
                embedded=False,
                version=None,
            )
            self._tell(ready)
        for worker in spec.workers:
            self._add(worker)

    async def _listen(self, source: asyncio.StreamReader) -> None:
        decoder = msgspec.json.Decoder(orders.Order)
        why = "failed"
        try:
            while (line := await source.readline()).endswith(b"\n"):
                self._obey(decoder.decode(line))
            why = "EOF"
        finally:
            # Who no longer listens would not hear the program end.
            self._end(why)

    def _obey(self, order: orders.Order) -> None:
        match order:
            case orders.Quit():
                self._end("quit")
            case orders.KillServer():
                if self._server is not None:
                    self._server.kill()
            case orders.AddWorker(spec=spec):
                self._add(spec)
            case orders.RestartWorkers(visibility_timeout=seconds):
                self._spec = msgspec.structs.replace(self._spec, visibility_timeout=seconds)
                for supervisor in self._supervisors.values():
                    supervisor.restart(seconds)
            case orders.RetireWorker(name=name) if name in self._supervisors:
                self._retire(name)
            case orders.KillWorker(name=name) if name in self._supervisors:
                self._supervisors[name].kill()
            case orders.FreezeWorker(name=name, frozen=frozen) if name in self._supervisors:
                self._supervisors[name].freeze(frozen)

    def _add(self, spec: workers.WorkerSpec) -> None:
        if spec.name in self._supervisors:
            return
        log = self._logs / spec.log_name
        supervisor = WorkerSupervisor(
            spec, log, self._spawn, self._tell, self._spec.backoff, self._environment
        )
        self._supervisors[spec.name] = supervisor
        self._go(self._fill(supervisor))

    async def _fill(self, supervisor: WorkerSupervisor) -> None:
        await asyncio.shield(self._url)
        await supervisor.keep()
        if self._supervisors.get(supervisor.spec.name) is supervisor:
            del self._supervisors[supervisor.spec.name]

    def _retire(self, name: str) -> None:
        self._supervisors[name].retire()
        if self._supervisors[name].empty:
            # Its name is free at once.
            del self._supervisors[name]

    def _environment(self, spec: workers.WorkerSpec) -> Mapping[str, str]:
        url, prefix = self._url.result(), self._spec.prefix
        return workers.environment(
            spec, url=url, prefix=prefix, truth_log=self._truth_log, inherited=os.environ
        )

    def _spawn(self, command: list[str], log: Path, environment: Mapping[str, str]) -> Child:
        child = Child(command, environment=environment, folder=self._folder, log=log)
        self._children.append(child)
        return child

    def _reap(self) -> None:
        for child in self._children:
            child.reap()
        self._children = [child for child in self._children if child.running]

    def _tell(self, report: reports.Report) -> None:
        # The registry first: who has read the report may look there.
        self._register(report)
        self._out.write(msgspec.json.encode(report) + b"\n")

    def _register(self, report: reports.Report) -> None:
        match report:
            case reports.BrokerReady(url=url, pid=pid):
                if self._entry is None:
                    self._entry = registry.RegistryEntry(self._record(url))
                    self._url.set_result(url)
                self._entry.update(server_pid=pid)
            case reports.WorkerStarted() | reports.WorkerExited() if self._entry is not None:
                pids = dict(self._entry.record.worker_pids)
                pids.pop(report.name, None)
                if isinstance(report, reports.WorkerStarted):
                    pids[report.name] = report.pid
                self._entry.update(worker_pids=pids, visibility_timeout=self._spec.visibility_timeout)

    def _record(self, url: str) -> registry.RigRecord:
        return registry.RigRecord(
            id=self._spec.id,
            url=url,
            prefix=self._spec.prefix,
            keeper_pid=os.getpid(),
            server_pid=None,
            worker_pids={},
            folder=str(self._folder),
            logs=str(self._logs),
            truth_log=str(self._truth_log),
            visibility_timeout=self._spec.visibility_timeout,
            restore_interval=self._spec.restore_interval,
            restore_throttle=self._spec.restore_throttle,
            started=time.time(),
        )

    def _go(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            traceback.print_exception(error)
            line = f"The lab's keeper failed: {type(error).__name__}: {error}"
            self._tell(reports.RigFailed(at=time.time(), line=line, fatal=True))

    def _end(self, why: str) -> None:
        if not self._over.done():
            self._over.set_result(why)

    async def _close(self) -> None:
        """Kill what runs, wait for it, remove the folder and the keys; what could not be removed is told."""
        for task in list(self._tasks):
            task.cancel()
        for child in self._children:
            child.kill()
        if self._children:
            await asyncio.wait(
                [self._loop.create_task(one.wait()) for one in self._children], timeout=REAPED_WITHIN
            )
        if self._entry is not None:
            with contextlib.suppress(OSError):
                self._entry.remove()
        for _ in range(3):
            # Again, if a killed pool child wrote its last line meanwhile.
            shutil.rmtree(self._folder, ignore_errors=True)
            if not self._folder.exists():
                break
        if self._spec.erase and self._url.done():
            try:
                broker.erase(self._url.result(), self._spec.prefix)
            except broker.BrokerError as error:
                self._tell(reports.RigFailed(at=time.time(), line=str(error), fatal=False))

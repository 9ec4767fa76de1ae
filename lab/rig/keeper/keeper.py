"""The keeper: spawns a rig's processes, restarts them, and ends them all when the program is gone.

It runs in a session of its own, reads orders from one pipe and writes reports to another. Only the program
holds the other end of the first, so its end, however it came, is an EOF here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Coroutine, Mapping

import msgspec

from lab.rig import broker, orders, reports, terminal, workers
from lab.rig.keeper.children import Children
from lab.rig.keeper.folder import RigFolder
from lab.rig.keeper.registration import Registration
from lab.rig.keeper.server_supervisor import ServerSupervisor
from lab.rig.keeper.worker_supervisor import WorkerSupervisor
from lab.rig.record import RegistryError
from lab.rig.spec import RigSpec


class Keeper:
    """The owner of a rig's processes, folder and registry entry. One thread, which never blocks."""

    def __init__(self, spec: RigSpec, out: asyncio.WriteTransport) -> None:
        self._spec, self._out = spec, out
        self._folder = RigFolder()
        self._registration = Registration(spec, self._folder)
        self._children = Children(self._folder.path, self._registration.lead)
        self._tasks: set[asyncio.Task[None]] = set()
        self._supervisors: dict[str, WorkerSupervisor] = {}
        self._server: ServerSupervisor | None = None
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
        self._loop.add_signal_handler(signal.SIGCHLD, self._children.reap)
        self._loop.add_signal_handler(signal.SIGTERM, self._end, "SIGTERM")
        self._go(self._listen(source))
        try:
            self._open()
        except (OSError, RegistryError) as error:
            self._tell(reports.RigFailed(at=time.time(), line=f"The lab cannot start: {error}", fatal=True))
        why = await self._over
        if why == "EOF" and self._spec.terminal is not None:
            terminal.restore(self._spec.terminal)
        return why

    def _open(self) -> None:
        self._folder.fill()
        self._tell(
            reports.KeeperStarted(
                at=time.time(),
                pid=os.getpid(),
                folder=str(self._folder.path),
                logs=str(self._folder.logs),
                truth_log=str(self._folder.truth_log),
            )
        )
        self._registration.open()
        spec = self._spec
        if spec.broker_url is None:
            self._server = ServerSupervisor(
                self._folder.path,
                self._folder.logs / "server.log",
                self._children.spawn,
                self._tell,
                spec.backoff,
                spec.prefix,
                spec.server_options,
            )
            self._go(self._server.keep())
        else:
            url, now = spec.broker_url, time.time()
            ready = reports.BrokerReady(
                at=now, url=url, pid=None, prefix=spec.prefix, embedded=False, version=None
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
        log = self._folder.logs / spec.log_name
        supervisor = WorkerSupervisor(
            spec, log, self._children.spawn, self._tell, self._spec.backoff, self._environment
        )
        self._supervisors[spec.name] = supervisor
        self._go(self._keep_worker(supervisor))

    async def _keep_worker(self, supervisor: WorkerSupervisor) -> None:
        await asyncio.shield(self._url)
        await supervisor.keep()
        if self._supervisors.get(supervisor.spec.name) is supervisor:
            del self._supervisors[supervisor.spec.name]

    def _retire(self, name: str) -> None:
        self._supervisors[name].retire()
        if self._supervisors[name].idle:
            # Its name is free at once.
            del self._supervisors[name]

    def _environment(self, spec: workers.WorkerSpec) -> Mapping[str, str]:
        return workers.environment(
            spec,
            url=self._url.result(),
            prefix=self._spec.prefix,
            truth_log=self._folder.truth_log,
            temporary=self._folder.temporary,
            inherited=os.environ,
        )

    def _tell(self, report: reports.Report) -> None:
        # The registry first: who has read the report may look there.
        self._registration.take(report, self._spec.visibility_timeout)
        if isinstance(report, reports.BrokerReady) and not self._url.done():
            self._url.set_result(report.url)
        self._out.write(msgspec.json.encode(report) + b"\n")

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
        self._registration.end()
        gone = await self._children.end()
        self._folder.remove()
        if self._spec.erase and self._url.done():
            try:
                broker.erase(self._url.result(), self._spec.prefix)
            except broker.BrokerError as error:
                self._tell(reports.RigFailed(at=time.time(), line=str(error), fatal=False))
        if gone:
            # Last: until then it is what says that something is left, should this be killed as well.
            self._registration.remove()

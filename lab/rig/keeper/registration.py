"""The registration of a rig: its entry in the registry, kept up to date with the keeper's reports."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence

from lab.rig import processes, reports
from lab.rig.keeper.folder import RigFolder
from lab.rig.record import Leader, RegistryEntry, RigRecord
from lab.rig.spec import RigSpec


class Registration:
    """The entry of one rig; without one, as long as it is not open, nothing is written."""

    def __init__(self, spec: RigSpec, folder: RigFolder) -> None:
        self._spec, self._folder = spec, folder
        self._entry: RegistryEntry | None = None

    def open(self) -> None:
        """Make the entry, before any process is started that it will name. Raises `OSError` or
        `RegistryError` if there can be none."""
        self._entry = RegistryEntry(self._record())

    def lead(self, leaders: Sequence[Leader]) -> None:
        """Name the groups of processes that may not be gone yet."""
        if self._entry is not None and self._entry.record.leaders != list(leaders):
            self._entry.update(leaders=list(leaders))

    def take(self, report: reports.Report, visibility_timeout: int) -> None:
        """Follow a report; `visibility_timeout`, in seconds, is that of workers that start now."""
        if self._entry is None:
            return
        match report:
            case reports.BrokerReady(url=url, pid=pid):
                self._entry.update(url=url, server_pid=pid)
            case reports.WorkerStarted() | reports.WorkerExited():
                pids = dict(self._entry.record.worker_pids)
                pids.pop(report.name, None)
                if isinstance(report, reports.WorkerStarted):
                    pids[report.name] = report.pid
                self._entry.update(worker_pids=pids, visibility_timeout=visibility_timeout)

    def end(self) -> None:
        """Say that the rig is being taken down, so that nobody joins it."""
        if self._entry is not None:
            self._entry.update(ending=True)

    def remove(self) -> None:
        """Take the rig out of the registry."""
        if self._entry is not None:
            with contextlib.suppress(OSError):
                self._entry.remove()

    def _record(self) -> RigRecord:
        spec, folder = self._spec, self._folder
        return RigRecord(
            id=spec.id,
            url="",
            prefix=spec.prefix,
            keeper_pid=os.getpid(),
            keeper_born=processes.born(os.getpid()),
            program_pid=os.getppid(),
            server_pid=None,
            worker_pids={},
            folder=str(folder.path),
            logs=str(folder.logs),
            truth_log=str(folder.truth_log),
            visibility_timeout=spec.visibility_timeout,
            restore_interval=spec.restore_interval,
            restore_throttle=spec.restore_throttle,
            started=time.time(),
            erase=spec.erase,
        )

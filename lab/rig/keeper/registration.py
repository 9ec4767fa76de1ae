"""The registration of a rig: its entry in the registry, kept up to date with the keeper's reports."""

from __future__ import annotations

import contextlib
import os
import time

from lab.rig import registry, reports
from lab.rig.keeper.folder import RigFolder
from lab.rig.spec import RigSpec


class Registration:
    """Made when the broker is first ready; until then the rig is in no registry."""

    def __init__(self, spec: RigSpec, folder: RigFolder) -> None:
        self._spec, self._folder = spec, folder
        self._entry: registry.RegistryEntry | None = None

    def take(self, report: reports.Report, visibility_timeout: int) -> None:
        """Follow a report; `visibility_timeout`, in seconds, is that of workers that start now.

        Raises `OSError` or `RegistryError` if there can be no entry.
        """
        match report:
            case reports.BrokerReady(url=url, pid=pid):
                if self._entry is None:
                    self._entry = registry.RegistryEntry(self._record(url))
                self._entry.update(server_pid=pid)
            case reports.WorkerStarted() | reports.WorkerExited() if self._entry is not None:
                pids = dict(self._entry.record.worker_pids)
                pids.pop(report.name, None)
                if isinstance(report, reports.WorkerStarted):
                    pids[report.name] = report.pid
                self._entry.update(worker_pids=pids, visibility_timeout=visibility_timeout)

    def remove(self) -> None:
        """Take the rig out of the registry."""
        if self._entry is not None:
            with contextlib.suppress(OSError):
                self._entry.remove()

    def _record(self, url: str) -> registry.RigRecord:
        spec, folder = self._spec, self._folder
        return registry.RigRecord(
            id=spec.id,
            url=url,
            prefix=spec.prefix,
            keeper_pid=os.getpid(),
            server_pid=None,
            worker_pids={},
            folder=str(folder.path),
            logs=str(folder.logs),
            truth_log=str(folder.truth_log),
            visibility_timeout=spec.visibility_timeout,
            restore_interval=spec.restore_interval,
            restore_throttle=spec.restore_throttle,
            started=time.time(),
        )

"""The state of a rig: what the reports add up to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lab.rig import reports
from lab.rig.spec import RigSpec
from lab.rig.workers import WorkerSpec

Phase = Literal["starting", "running", "waiting", "gave up", "retiring"]
"""`starting`: ordered, no process yet; `running`: its process is there; `waiting`: for its next start."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker of a rig. `visibility_timeout` is in seconds, as its process has it."""

    name: str
    pid: int | None
    state: Phase
    log: str | None
    visibility_timeout: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class RigState:
    """A rig at one moment. Times are seconds."""

    id: str
    url: str | None
    """Not masked; None until the broker is ready."""
    prefix: str
    embedded: bool
    visibility_timeout: int
    """For workers that are added or restarted without another one."""
    restore_interval: int
    restore_throttle: int
    version: str | None = None
    server_pid: int | None = None
    keeper_pid: int | None = None
    folder: str | None = None
    logs: str | None = None
    truth_log: str | None = None
    workers: tuple[WorkerState, ...] = ()
    failed: str | None = None
    """Why there is no broker and will be none; one line."""
    lost: str | None = None
    """Why the keeper is gone; one line. The program should quit."""

    @property
    def settled(self) -> bool:
        """There is a broker, or there will be none."""
        return bool(self.url or self.failed or self.lost)

    def worker(self, name: str) -> WorkerState | None:
        """The worker of that name."""
        return next((worker for worker in self.workers if worker.name == name), None)

    def after(self, report: reports.Report) -> RigState:
        """The state that `report` makes of this one."""
        match report:
            case reports.KeeperStarted(pid=pid, folder=folder, logs=logs, truth_log=truth_log):
                return replace(self, keeper_pid=pid, folder=folder, logs=logs, truth_log=truth_log)
            case reports.BrokerReady(url=url, pid=pid, version=version):
                return replace(self, url=url, server_pid=pid, version=version)
            case reports.BrokerDied():
                return replace(self, server_pid=None)
            case reports.WorkerStarted(name=name, pid=pid, visibility_timeout=seconds, log=log):
                known = self.worker(name)
                retiring = known is not None and known.state == "retiring"
                phase: Phase = "retiring" if retiring else "running"
                return self.having(WorkerState(name, pid, phase, log, seconds))
            case reports.WorkerExited(name=name, why="retired"):
                return replace(self, workers=tuple(one for one in self.workers if one.name != name))
            case reports.WorkerExited(name=name):
                return self.changed(name, pid=None, phase="waiting", frozen=False)
            case reports.WorkerGaveUp(name=name):
                return self.changed(name, pid=None, phase="gave up", frozen=False)
            case reports.WorkerFrozen(name=name, pid=pid, frozen=frozen):
                known = self.worker(name)
                if known is None or known.pid != pid:
                    return self
                return self.having(replace(known, frozen=frozen))
            case reports.RigFailed(line=line, fatal=True):
                return replace(self, failed=line)
            case reports.KeeperEnded():
                return replace(self, keeper_pid=None, server_pid=None, workers=())
            case reports.KeeperLost(why=why):
                return replace(self, keeper_pid=None, server_pid=None, workers=(), lost=why)
        return self

    def having(self, worker: WorkerState) -> RigState:
        """With `worker` in the place of the one of its name, or as the newest."""
        if self.worker(worker.name) is None:
            return replace(self, workers=(*self.workers, worker))
        return replace(
            self, workers=tuple(worker if one.name == worker.name else one for one in self.workers)
        )

    def changed(self, name: str, *, pid: int | None, phase: Phase, frozen: bool) -> RigState:
        """With a worker that has another pid and phase; a retiring one stays so."""
        known = self.worker(name)
        if known is None:
            return self
        if known.state == "retiring":
            phase = "retiring"
        return self.having(replace(known, pid=pid, state=phase, frozen=frozen))


def first_state(spec: RigSpec, keeper_pid: int) -> RigState:
    """The state of a rig whose keeper was just started."""
    return RigState(
        id=spec.id,
        url=None,
        prefix=spec.prefix,
        embedded=spec.broker_url is None,
        visibility_timeout=spec.visibility_timeout,
        restore_interval=spec.restore_interval,
        restore_throttle=spec.restore_throttle,
        keeper_pid=keeper_pid,
        workers=tuple(ordered(worker) for worker in spec.workers),
    )


def ordered(spec: WorkerSpec) -> WorkerState:
    """A worker that was asked for, and of which nothing was heard yet."""
    return WorkerState(spec.name, None, "starting", None, spec.visibility_timeout)

"""What a scenario does to its workers, as steps. A worker that ends is started again by its rig."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from lab.experiments.step import Check, StepFailed
from lab.experiments.testbed import Terminated, Testbed
from lab.experiments.truth import Death


def at_once() -> bool:
    """The check of a step that is over when it was begun."""
    return True


def the_holder(testbed: Testbed) -> str | None:
    """The worker that took the first task last."""
    return testbed.holder()


def the_frozen_one(testbed: Testbed) -> str | None:
    """The worker that was frozen last."""
    return testbed.frozen


@dataclass(frozen=True, slots=True)
class WorkerStep:
    """Do something to one worker. Made by the functions below."""

    says: str
    choose: Callable[[Testbed], str | None]
    do: Callable[[Testbed, str, int], Check]
    """Gets the name of the worker that was chosen, and its pid."""

    def begin(self, testbed: Testbed) -> Check:
        name = self.choose(testbed)
        worker = testbed.rig.state.worker(name) if name else None
        if worker is None or worker.pid is None:
            raise StepFailed(f"{name or 'a holder'} is not there")
        return self.do(testbed, worker.name, worker.pid)


def kill(name: str = "") -> WorkerStep:
    """SIGKILL, as a crash; without a name, to the holder. The rig starts it again, as a supervisor would."""

    def do(testbed: Testbed, worker: str, pid: int) -> Check:
        before = len(testbed.exits)
        testbed.rig.kill_worker(worker)
        return lambda: any(end.name == worker for end in testbed.exits[before:])

    return WorkerStep(f"kill {name or 'the holder'} with SIGKILL", _named(name), do)


def freeze(name: str = "") -> WorkerStep:
    """SIGSTOP, as a paused virtual machine; without a name, to the holder."""

    def do(testbed: Testbed, worker: str, pid: int) -> Check:
        testbed.frozen = worker
        testbed.rig.freeze_worker(worker)

        def frozen() -> bool:
            state = testbed.rig.state.worker(worker)
            return state is not None and state.frozen

        return frozen

    return WorkerStep(f"freeze {name or 'the holder'} with SIGSTOP", _named(name), do)


def thaw() -> WorkerStep:
    """SIGCONT, to the worker that was frozen."""

    def do(testbed: Testbed, worker: str, pid: int) -> Check:
        testbed.rig.thaw_worker(worker)
        return at_once

    return WorkerStep("let the frozen worker go on with SIGCONT", the_frozen_one, do)


def terminate(name: str) -> WorkerStep:
    """SIGTERM, as a deployment does: the worker ends warmly, and the rig starts it again."""

    def do(testbed: Testbed, worker: str, pid: int) -> Check:
        testbed.terminated = Terminated(worker, testbed.now)
        os.kill(pid, signal.SIGTERM)
        return at_once

    return WorkerStep(f"end {name} warmly with SIGTERM", _named(name), do)


@dataclass(frozen=True, slots=True)
class Start:
    """Start a worker that the setup declares for later."""

    name: str

    @property
    def says(self) -> str:
        return f"start {self.name}"

    def begin(self, testbed: Testbed) -> Check:
        testbed.rig.add_worker(next(spec for spec in testbed.setup.later if spec.name == self.name))
        return lambda: testbed.ready(self.name) > 0


@dataclass(frozen=True, slots=True)
class KillChild:
    """SIGKILL the pool child that runs the task, as the kernel does when memory is short."""

    says: str = "kill the pool child that runs it, with SIGKILL"

    def begin(self, testbed: Testbed) -> Check:
        running = testbed.truth.running(testbed.now)
        if not running:
            raise StepFailed("no pool child runs a task")
        child = running[-1].pid
        os.kill(child, signal.SIGKILL)
        testbed.truth.deaths.append(Death(testbed.now, pid=child))
        return at_once


def _named(name: str) -> Callable[[Testbed], str | None]:
    """The worker of this name; the holder, where there is none."""
    return (lambda _: name) if name else the_holder

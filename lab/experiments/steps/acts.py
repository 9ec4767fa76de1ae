"""Acts: what a scenario does to its workers, as steps."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from lab.experiments.setup import Check, StepFailed
from lab.experiments.testbed import Testbed
from lab.experiments.truth import Death

HOLDER = "the holder"
"""Stands for the worker that took the first task last."""


def at_once() -> bool:
    """The check of a step that is over when it was begun."""
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """Do something to a worker; when is marked under `do`. Made by the functions below."""

    do: str
    words: str
    name: str

    @property
    def says(self) -> str:
        return self.words.format(self.name)

    def begin(self, testbed: Testbed) -> Check:
        name = (
            (testbed.acted.get("freeze") if self.do == "thaw" else testbed.holder())
            if self.name == HOLDER
            else self.name
        )
        worker = testbed.rig.state.worker(name or "")
        if self.do == "start":
            testbed.rig.add_worker(next(spec for spec in testbed.setup.later if spec.name == self.name))
            return lambda: testbed.ready(self.name) > 0
        if worker is None or worker.pid is None:
            raise StepFailed(f"{name or 'a holder'} is not there")
        testbed.marks[self.do] = testbed.now
        testbed.acted[self.do] = worker.name
        return self._act(testbed, worker.name, worker.pid)

    def _act(self, testbed: Testbed, name: str, pid: int) -> Check:
        rig, gone = testbed.rig, len(testbed.exits)
        match self.do:
            case "kill":
                rig.kill_worker(name)
                return lambda: any(one.name == name for one in testbed.exits[gone:])
            case "freeze":
                rig.freeze_worker(name)
                return lambda: bool((worker := rig.state.worker(name)) and worker.frozen)
            case "thaw":
                rig.thaw_worker(name)
            case _:
                os.kill(pid, signal.SIGTERM)
        return at_once


def kill(name: str = HOLDER) -> Act:
    """SIGKILL, as a crash; the rig starts it again, as a supervisor would."""
    return Act("kill", "kill {} with SIGKILL", name)


def freeze(name: str = HOLDER) -> Act:
    """SIGSTOP, as a paused virtual machine."""
    return Act("freeze", "freeze {} with SIGSTOP", name)


def thaw(name: str = HOLDER) -> Act:
    """SIGCONT; without a name, to the worker that was frozen."""
    return Act("thaw", "let the frozen worker go on with SIGCONT", name)


def terminate(name: str) -> Act:
    """SIGTERM, as a deployment does: the worker ends warmly, and the rig starts it again."""
    return Act("terminate", "end {} warmly with SIGTERM", name)


def start(name: str) -> Act:
    """Start a worker that the setup declares for later."""
    return Act("start", "start {}", name)


@dataclass(frozen=True, slots=True)
class KillChild:
    """SIGKILL the pool child that runs the task, as the kernel does when memory is short."""

    says: str = "kill the pool child that runs it, with SIGKILL"

    def begin(self, testbed: Testbed) -> Check:
        runs = testbed.running()
        if not runs:
            raise StepFailed("no pool child runs a task")
        testbed.marks["kill"] = testbed.now
        os.kill(runs[-1].pid, signal.SIGKILL)
        testbed.deaths.append(Death(testbed.now, pid=runs[-1].pid))
        return at_once

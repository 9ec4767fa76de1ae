"""The controls: what the keys do to the rig, each answered with one line for the status."""

from __future__ import annotations

from lab.rig.rig import Rig
from lab.watch.findings.timeout_advice import roomy_timeout
from lab.watch.model.accounts.account import Attempt
from tui.actions.keymap import Need
from tui.cells import names
from tui.state.deployment import Deployment

NO_WORKERS = "No worker of this lab is left: + starts one"

NONE_UP = "No worker of this lab is up: there is none to kill"

FOREIGN = "This lab belongs to another program: only that one can change its workers"


class Controls:
    """Orders to the rig. `eta` is the wait of the messages that `e` sends, in seconds."""

    def __init__(self, rig: Rig | None, eta: int) -> None:
        self.rig = rig
        self.eta = eta
        self._set = rig.state.visibility_timeout if rig else 0

    @property
    def other_timeout(self) -> int | None:
        """The visibility timeout that `v` changes to, in seconds; None for a rig of somebody else."""
        if self.rig is None:
            return None
        # A timeout that outlasts the ETA from the start changes to one that does not.
        other = roomy_timeout(self.eta) if self._set <= self.eta else max(1, min(5, self.eta // 4))
        return other if self.rig.state.visibility_timeout == self._set else self._set

    @property
    def has(self) -> frozenset[Need]:
        """What there is of what a key may need."""
        if self.rig is None:
            return frozenset()
        return frozenset({"own rig", "own workers"}) if self.rig.state.workers else frozenset({"own rig"})

    def change_timeout(self) -> str:
        """Restart the workers with the other visibility timeout."""
        if self.rig is None or (timeout := self.other_timeout) is None:
            return FOREIGN
        if not self.rig.state.workers:
            return NO_WORKERS
        self.rig.restart_workers(timeout)
        than, then = ("above", "once") if timeout > self.eta else ("below", "several times")
        return f"Visibility timeout {timeout} s, {than} the ETA of {self.eta} s: e will run {then}"

    def add(self, deployment: Deployment) -> str:
        """Add a worker, under a name that nobody has."""
        if self.rig is None:
            return FOREIGN
        taken = {worker.name for worker in deployment.workers}
        return f"{names.worker(self.rig.add_worker(taken=taken))} starts"

    def retire(self) -> str:
        """End the newest worker warmly."""
        if self.rig is None:
            return FOREIGN
        name = self.rig.retire_worker()
        if name is None:
            return NO_WORKERS
        return f"{names.worker(name)} shuts down warmly: it hands back what it holds, a requeue"

    def victim(self, attempt: Attempt | None, deployment: Deployment) -> str | None:
        """Whom `k` would kill: the holder of the chosen message, else the newest worker that is up."""
        if self.rig is None:
            return None
        own = {worker.name for worker in self.rig.state.workers}
        alive = [
            one.name
            for one in deployment.workers
            if one.condition in ("up", "silent", "frozen") and one.name in own
        ]
        if not alive:
            return None
        holders = [copy.worker for copy in attempt.held] if attempt else []
        running = [run.worker for run in attempt.executions if run.ended is None] if attempt else []
        held = [name for name in holders + running if name in alive]
        return held[-1] if held else alive[-1]

    def kill(self, attempt: Attempt | None, deployment: Deployment) -> str:
        """SIGKILL that worker; its keeper starts it again."""
        if self.rig is None:
            return FOREIGN
        name = self.victim(attempt, deployment)
        if name is None:
            return NONE_UP if self.rig.state.workers else NO_WORKERS
        self.rig.kill_worker(name)
        holds = attempt is not None and any(copy.worker == name for copy in attempt.held)
        then = "what it held stays in unacked until a sweep" if holds else "it is started again"
        return f"{names.worker(name)} was killed: {then}"

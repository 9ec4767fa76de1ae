"""The pool of a simulated worker: which copies run, and how a run is ended from outside."""

from __future__ import annotations

from collections import deque

from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.run_ends import end_run
from lab.experiments.simulation.surroundings import WorkerProcess
from lab.experiments.simulation.truth import ActualRun, RunOutcome
from lab.watch import facts

LOST = "WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 1."


class Pool:
    """As many runs at once as it has children; further copies are reserved."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker = worker
        self.reserved: deque[Copy] = deque()
        self.running: list[Copy] = []
        self._busy = 0

    def take(self, copy: Copy) -> None:
        """A copy is due."""
        self.reserved.append(copy)
        self._dispatch()

    def drop_reserved(self) -> None:
        """What does not run yet is no more."""
        for copy in self.reserved:
            copy.delivery.state = "dropped"
        self.reserved.clear()

    def _dispatch(self) -> None:
        worker = self.worker
        while self.reserved and self._busy < worker.plan.slots and not worker.closing:
            copy = self.reserved.popleft()
            if not worker.consumer.refuse(copy):
                self._busy += 1
                worker.later(worker.random.uniform(0.001, 0.004), self._accept, copy)

    def _accept(self, copy: Copy) -> None:
        """A pool child took it (`Request.on_accepted`)."""
        if copy.delivery.state == "dropped":
            self._free()
            return
        worker, publication = self.worker, copy.publication
        plan = publication.plan
        if not plan.acks_late:
            worker.consumer.acknowledge(copy)
        worker.tell_of(copy, facts.Started)
        self.running.append(copy)
        lock = publication.id, publication.retries
        if plan.locked and lock in worker.world.broker.locks:
            copy.delivery.state = "stopped"
            worker.later(worker.random.uniform(0.001, 0.003), self._stopped, copy)
            return
        if plan.locked:
            worker.world.broker.locks.add(lock)
        copy.delivery.state = "ran"
        copy.run = ActualRun(
            publication.id, publication.tag, publication.retries, worker.name, worker.pid, worker.world.now
        )
        publication.runs.append(copy.run)
        worker.later(plan.lasts, end_run, self, copy)

    def _stopped(self, copy: Copy) -> None:
        """The lock had another holder: `Ignore`, and the lab's own event of it."""
        worker = self.worker
        if copy not in self.running:
            return
        worker.tell(facts.Dropped, id=copy.publication.id, why="another copy has the lock")
        if copy.publication.plan.acks_late:
            worker.consumer.acknowledge(copy)
        self.leave(copy)

    def over(self, copy: Copy, outcome: RunOutcome) -> None:
        """Its run has ended."""
        if copy.run is not None:
            copy.run.ended, copy.run.outcome = self.worker.world.now, outcome

    def leave(self, copy: Copy) -> None:
        """Its pool child is free again."""
        self.running.remove(copy)
        self._free()

    def _free(self) -> None:
        self._busy -= 1
        self._dispatch()
        if not self.running:
            self.worker.world.at(self.worker.world.now, self.worker.idle)

    # What comes from outside

    def lose_child(self, copy: Copy) -> None:
        """SIGKILL to one pool child; its worker comes to know of it a little later."""
        self.over(copy, "lost")
        worker = self.worker
        worker.later(worker.random.uniform(0.02, 1.0), self._child_lost, copy)

    def _child_lost(self, copy: Copy) -> None:
        worker, plan = self.worker, copy.publication.plan
        if copy not in self.running or copy.run is None:
            return
        copy.run.told = worker.world.now
        if plan.acks_late and plan.reject_on_lost:
            worker.consumer.requeue(copy)
            worker.tell_of(copy, facts.Rejected, requeue=True)
        else:
            worker.consumer.acknowledge(copy)
            worker.tell_of(copy, facts.Failed, exception=LOST)
        self.leave(copy)

    def terminate(self, id: str) -> None:
        """`revoke(terminate=True)` of what runs."""
        for copy in [each for each in self.running if each.publication.id == id]:
            if copy.run is not None and copy.run.outcome == "running":
                self.over(copy, "terminated")
                self.worker.tell_of(copy, facts.Revoked, terminated=True)
                self.worker.consumer.acknowledge(copy)
                self.leave(copy)

    def cancel(self, *, late_only: bool, told: bool = True) -> None:
        """The worker ends runs itself (`Request.cancel`), and says so if it can."""
        for copy in list(self.running):
            late = copy.publication.plan.acks_late and not copy.acknowledged
            if copy.run is not None and copy.run.outcome == "running" and (late or not late_only):
                self.over(copy, "cancelled")
                if told:
                    self.worker.tell(facts.Cancelled, id=copy.publication.id)
                copy.acknowledged = True
                self.leave(copy)

    def die(self) -> None:
        """The process dies, and its children with it: that one is to be tried again it may not have heard."""
        for copy in self.running:
            if copy.run is not None and copy.run.outcome in ("running", "retried"):
                self.over(copy, "lost")
        self.running.clear()

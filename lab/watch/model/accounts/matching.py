"""The matching: which copy ran, which run ended, and what a run became that ended before.

It knows what is held and what runs of one message, and nothing of the lives of the workers.
"""

from __future__ import annotations

from collections import Counter

from lab.watch.facts import Dropped, TaskFact
from lab.watch.model.accounts.account import Attempt, CopyState, Delivery, Execution
from lab.watch.model.accounts.publications import Publications

PAIRING = 0.5
"""Seconds by which timestamp less runtime of an end may differ from the start it belongs to."""

EARLY = 0.05
"""Seconds by which a copy may start before its ETA: the worker's timer rounds."""

STOPPED = 0.25
"""Seconds in which a run is stopped by a lock; the pool child may say so before the worker says that it
began."""

Process = tuple[str, int]
"""Node name and pid of a worker's main process."""

Copy = tuple[Attempt, Delivery]


class Matching:
    """The copies that are held of one message and the runs that go, as facts come."""

    __slots__ = (
        "_stopped", "doubts", "ended", "holding", "nameless", "publications", "retried", "running", "unjudged"
    )  # fmt: skip

    def __init__(self, publications: Publications) -> None:
        self.publications = publications
        self.doubts: list[str] = []
        self.holding: dict[Process, list[Copy]] = {}
        """Copies that a process holds, the oldest first."""
        self.nameless: list[Copy] = []
        """Copies of which no event named the holder, the oldest first."""
        self.running: dict[Process, list[Execution]] = {}
        self.ended: dict[Process, Execution] = {}
        """The run that ended last in each process."""
        self.unjudged = False
        """Whether something of a run, or a new attempt, is not judged yet."""
        self.retried: frozenset[tuple[int, int]] = frozenset()
        """Attempts, as retries and publication, of which a run was seen to end in a retry."""
        self._stopped: frozenset[str] = frozenset()
        """Workers of which a run was stopped that has not begun yet."""

    def run(self, fact: TaskFact, begun: float) -> Execution:
        """A copy begins to run: its worker's, or one that nobody saw being delivered."""
        self.unjudged = True
        copy = self.copy(fact)
        attempt = copy[0] if copy else self.likely(begun)
        execution = Execution(
            attempt.id, attempt.retries, fact.worker, fact.pid, begun, publication=attempt.publication
        )
        attempt.executions.append(execution)
        self.running.setdefault((fact.worker, fact.pid), []).append(execution)
        if copy:
            execution.delivery = copy[1]
            copy[1].state, copy[1].until = "ran", begun
        else:
            self.doubt("a run whose delivery was not seen")
        if fact.worker in self._stopped:
            self._stopped -= {fact.worker}
            self._stop(attempt, execution, begun)
        return execution

    def copy(self, fact: TaskFact) -> Copy | None:
        """Take the copy that a worker acts on: its own oldest that is due, else the oldest whose holder
        nobody named."""
        process = fact.worker, fact.pid
        copies = self.holding.get(process, self.nameless)
        if not copies:
            return None
        chosen = 0
        if len(copies) > 1 and len(self.publications.all) > 1:
            due = [n for n, (attempt, _) in enumerate(copies) if (attempt.eta or 0.0) <= fact.at + EARLY]
            chosen = due[0] if due else 0
            if any(copies[n][0] is not copies[chosen][0] for n in due):
                self.doubt("copies of several attempts were held when one ran")
        if len(copies) == 1 and copies is not self.nameless:
            # No empty list stays behind: most accounts are looked through when nothing is held any more.
            del self.holding[process]
        return copies.pop(chosen)

    def likely(self, at: float) -> Attempt:
        """The attempt that a run belongs to when its delivery was not seen: the latest known by then, or
        the one after it, if that one was seen to end in a retry."""
        attempts = self.publications.all
        known = [attempt for attempt in attempts if 0 < attempt.born <= at]
        if not known:
            # Of what is known nothing had begun yet: it was the attempt before.
            return self.publications.any(max(0, min((each.retries for each in attempts), default=0) - 1))
        latest = max(known, key=lambda attempt: (attempt.retries, attempt.publication))
        if (latest.retries, latest.publication) in self.retried:
            return self.publications.any(latest.retries + 1)
        return latest

    def refused(self, at: float, state: CopyState) -> Attempt:
        """The attempt of which a copy was refused that was not seen before: one that waits, of them one that
        does not stand in `unacked`, of them one that had been delivered before."""
        attempts = self.publications.all
        waiting = [attempt for attempt in attempts if attempt.outcome == "waiting"]
        queued = [attempt for attempt in waiting if not attempt.standing]
        chosen = [attempt for attempt in queued if attempt.deliveries] or queued or waiting
        if attempts and not (chosen and all(c.state != state for a in attempts for c in a.deliveries)):
            self.doubt("a refused copy of which nothing tells its sending")
        return chosen[-1] if chosen else self.likely(at)

    def refuse(self, fact: TaskFact, state: CopyState) -> bool:
        """A worker gave up a copy that it had not begun; False if it has none."""
        copy = self.copy(fact)
        if copy:
            copy[1].state, copy[1].until = state, fact.at
        return copy is not None

    def runs(self, fact: TaskFact) -> bool:
        """Whether the process that says this runs the message."""
        return (fact.worker, fact.pid) in self.running

    def surely_runs(self, fact: TaskFact) -> bool:
        """The same, where runs that replaced themselves do not count: one for each task that followed."""
        running = self.running.get((fact.worker, fact.pid), ())
        alike = Counter((run.retries, run.publication) for run in running)
        return any(
            len(self.publications.successors(run)) < alike[run.retries, run.publication] for run in running
        )

    def end(self, fact: TaskFact, runtime: float | None = None) -> Execution:
        """End the run that an end belongs to.

        Two copies in one worker share hostname and pid: timestamp less runtime tells them apart; without a
        runtime, or when a busy loop stamped late, order does, and the pair is marked uncertain.
        """
        self.unjudged = True
        process = fact.worker, fact.pid
        running = self.running.get(process)
        if not running:
            execution = self.run(fact, fact.at - (runtime or 0.0))
            self.doubt("a run ended whose start was not seen")
            execution.paired = False
            running = self.running.get(process, [])
        else:
            execution = running[0]
            certain = len(running) == 1
            if not certain:
                execution = min(running, key=self._silence)
            if runtime is not None:
                begun = fact.at - runtime
                nearest = min(running, key=lambda run: abs(run.started - begun))
                certain = abs(nearest.started - begun) <= PAIRING
                if certain:
                    execution = nearest
            if not certain:
                self.confuse(fact, execution)
        self._over(process, execution)
        execution.ended = fact.at
        return execution

    def confuse(self, fact: TaskFact, execution: Execution) -> None:
        """This end may be of the one, or of any other run in its process."""
        for run in (execution, *self.running.get((fact.worker, fact.pid), ())):
            run.paired = False

    def _silence(self, run: Execution) -> int:
        """How likely it ended without a word: one that replaced itself did."""
        if self.publications.successors(run):
            return 2
        return int(self.publications.followed(run))

    def stop(self, fact: Dropped) -> None:
        """A lock stopped a run, which did nothing. It is told by the pool child, whose pid is not the
        worker's: the run is the last that began there, or one that is about to."""
        here = [run for (worker, _), runs in self.running.items() if worker == fact.worker for run in runs]
        last = max(here, key=lambda run: run.started, default=None)
        if last is None or fact.at - last.started > STOPPED:
            if any(worker == fact.worker for worker, _ in self.holding):
                self._stopped |= {fact.worker}
                return
            if last is None:
                self.doubt("a run was stopped whose start was not seen")
                return
        self._over((last.worker, last.pid), last)
        attempt = next(each for each in self.publications.all if last in each.executions)
        self._stop(attempt, last, fact.at)

    def _stop(self, attempt: Attempt, execution: Execution, at: float) -> None:
        self.unjudged = True
        attempt.executions.remove(execution)
        self._over((execution.worker, execution.pid), execution)
        delivery = execution.delivery
        if delivery is None:
            delivery = Delivery(execution.started, execution.worker, execution.pid)
            attempt.deliveries.append(delivery)
        delivery.state, delivery.until = "stopped", at

    def _over(self, process: Process, execution: Execution) -> None:
        """It runs no longer."""
        running = self.running.get(process)
        if running and execution in running:
            running.remove(execution)
            if not running:
                del self.running[process]
        self.ended[process] = execution

    def doubt(self, why: str) -> None:
        if why not in self.doubts:
            self.doubts.append(why)

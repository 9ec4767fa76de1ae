"""The matching: which copy ran, which run ended, and which attempt it was.

It knows what is held and what runs of one message, and nothing of the lives of the workers.
"""

from __future__ import annotations

from lab.watch.facts import TaskFact
from lab.watch.model.accounts.account import Attempt, CopyState, Delivery, Execution

MATCH = 1.0
"""Seconds by which `task-received` may follow the score of the same pop. Both are written by the popping
worker with its own clock, milliseconds apart; a busy event loop stretches that. A message is never popped
twice within a second through its visibility timeout, whose smallest value is one second."""

PAIRING = 0.5
"""Seconds by which timestamp less runtime of an end may differ from the start it belongs to."""

Copy = tuple[Attempt, Delivery]


class Matching:
    """The attempts of one message, the copies that are held of it and the runs that go, as facts come."""

    def __init__(self, task_id: str) -> None:
        self.id = task_id
        self.attempts: dict[int, Attempt] = {}
        self.doubts: list[str] = []
        self.holding: dict[tuple[str, int], list[Copy]] = {}
        """Copies that a process holds, the oldest first."""
        self.nameless: list[Copy] = []
        """Copies of which no event named the holder, the oldest first."""
        self.running: dict[tuple[str, int], list[Execution]] = {}
        self.unjudged = False
        """Whether something of a run, or a new attempt, is not judged yet."""

    def attempt(self, retries: int) -> Attempt:
        attempt = self.attempts.get(retries)
        if attempt is None:
            attempt = self.attempts[retries] = Attempt(self.id, retries)
            self.unjudged = True
        return attempt

    def run(self, fact: TaskFact, begun: float) -> Execution:
        """A copy begins to run: its worker's, or one that nobody saw being delivered."""
        self.unjudged = True
        copy = self.copy(fact)
        attempt = copy[0] if copy else self.likely(begun)
        execution = Execution(self.id, attempt.retries, fact.worker, fact.pid, begun)
        attempt.executions.append(execution)
        self.running.setdefault((fact.worker, fact.pid), []).append(execution)
        if copy:
            execution.delivery = copy[1]
            copy[1].state, copy[1].until = "ran", begun
        else:
            self.doubt("a run whose delivery was not seen")
        return execution

    def copy(self, fact: TaskFact) -> Copy | None:
        """Take the copy that a worker acts on: its own oldest, else the oldest whose holder nobody named."""
        copies = self.holding.get((fact.worker, fact.pid), self.nameless)
        if not copies:
            return None
        if len(self.attempts) > 1 and any(copy[0] is not copies[0][0] for copy in copies):
            self.doubt("copies of several attempts were held when one ran")
        if len(copies) == 1 and copies is not self.nameless:
            # No empty list stays behind: most accounts are looked through when nothing is held any more.
            del self.holding[fact.worker, fact.pid]
        return copies.pop(0)

    def likely(self, at: float) -> Attempt:
        """The attempt that a run belongs to when its delivery was not seen: the latest known by then, or
        the one after it, if that one was seen to end in a retry."""
        known = [attempt for attempt in self.attempts.values() if 0 < attempt.born <= at]
        if not known:
            # Of what is known nothing had begun yet: it was the attempt before.
            return self.attempt(max(0, min(self.attempts, default=0) - 1))
        latest = max(known, key=lambda attempt: attempt.retries)
        if any(run.outcome == "retried" for run in latest.executions):
            return self.attempt(latest.retries + 1)
        return latest

    def refuse(self, fact: TaskFact, state: CopyState) -> bool:
        """A worker gave up a copy that it had not begun; False if it has none."""
        copy = self.copy(fact)
        if copy:
            copy[1].state, copy[1].until = state, fact.at
        return copy is not None

    def end(self, fact: TaskFact, runtime: float | None = None) -> Execution:
        """End the run that an end belongs to.

        Two copies in one worker share hostname and pid: timestamp less runtime tells them apart; without a
        runtime, or when a busy loop stamped late, order does, and the pair is marked uncertain.
        """
        self.unjudged = True
        running = self.running.get((fact.worker, fact.pid))
        if not running:
            execution = self.run(fact, fact.at - (runtime or 0.0))
            del self.running[fact.worker, fact.pid]
            self.doubt("a run ended whose start was not seen")
            execution.paired = False
        else:
            execution = running[0]
            certain = len(running) == 1
            if runtime is not None:
                begun = fact.at - runtime
                if not certain:
                    execution = min(running, key=lambda run: abs(run.started - begun))
                certain = abs(execution.started - begun) <= PAIRING
                if not certain:
                    execution = running[0]
            running.remove(execution)
            if not running:
                del self.running[fact.worker, fact.pid]
            execution.paired = execution.paired and certain
        execution.ended = fact.at
        return execution

    def doubt(self, why: str) -> None:
        if why not in self.doubts:
            self.doubts.append(why)

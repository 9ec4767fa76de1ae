"""Projection up an account: what the facts about one message add up to, in one pass in time order.

A pure function of the facts, so they may be learned in any order. Matching scores to events, ends to starts,
and copies to the fate of their workers is all here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from lab.watch.facts import (
    Fact,
    Failed,
    Left,
    Payload,
    Popped,
    Received,
    Rejected,
    Retried,
    Revoked,
    Sent,
    Started,
    Succeeded,
    TaskFact,
)
from lab.watch.model.accounts.account import SCORE_ROUNDING, Account, Attempt, CopyState, Delivery, Execution
from lab.watch.model.accounts.judge import judge
from lab.watch.model.lives import Ending, Lives

MATCH = 1.0
"""Seconds by which `task-received` may follow the score of the same pop. Both are written by the popping
worker with its own clock, milliseconds apart; a busy event loop stretches that. A message is never popped
twice within a second through its visibility timeout, whose smallest value is one second."""

PAIRING = 0.5
"""Seconds by which timestamp less runtime of an end may differ from the start it belongs to."""

NOBODY: frozenset[str] = frozenset()

_Copy = tuple[Attempt, Delivery]


class Projection:
    """One pass over one message's facts. Plain and a little repetitive: it is what a busy fleet costs.

    Facts come in time order. Further ones may follow, as long as they are later than all before and `final`
    is False. `hidden` is the smallest visibility timeout in seconds that any worker had, where it is known: a
    pop sooner than that after the one before was no sweep's doing. `tags` tells (task id, retries) of the
    delivery tags that the facts name.
    """

    def __init__(
        self, task_id: str, lives: Lives, hidden: float | None, tags: Mapping[str, tuple[str, int]]
    ) -> None:
        self.id = task_id
        self.lives = lives
        self.hidden = hidden
        self.tags = tags
        self.attempts: dict[int, Attempt] = {}
        self.doubts: list[str] = []
        self.depends: set[str] = set()
        self.holding: dict[tuple[str, int], list[_Copy]] = {}
        """Copies that a process holds, the oldest first."""
        self.nameless: list[_Copy] = []
        """Copies of which no event named the holder, the oldest first."""
        self.running: dict[tuple[str, int], list[Execution]] = {}
        self.returns: list[float] = []
        """When somebody handed the message back."""
        self.caused: dict[int, tuple[int, int]] = {}
        """What the causes of each attempt's deliveries were worked out from."""
        self.caused_by: set[str] = set()
        """Workers whose lost connection would be such a cause."""
        self.retried = False
        self.ran = False
        """Whether something of a run, or a new attempt, is not judged yet."""
        self.final = False
        """Whether copies or runs were ended for want of their process: a later fact may show it alive."""

    def of(self, facts: Iterable[Fact]) -> Account:
        """The account of these facts and all before."""
        take = self._take
        for fact in facts:
            take[type(fact)](self, fact)
        self.depends.clear()
        self._endings()
        retried = self.retried or len(self.attempts) > 1
        for attempt in self.attempts.values():
            if len(attempt.deliveries) > 1 and self.caused.get(attempt.retries) != self._caused(attempt):
                self.caused[attempt.retries] = self._caused(attempt)
                self._causes(attempt)
            if attempt.executions and (self.ran or self.final):
                judge(attempt, retried=retried)
        self.ran = False
        attempts = list(self.attempts.values())
        if len(attempts) > 1:
            attempts.sort(key=lambda attempt: attempt.retries)
        depends = self.depends | self.caused_by if self.caused_by else self.depends
        return Account(self.id, attempts, self.doubts, frozenset(depends) if depends else NOBODY)

    def _attempt(self, retries: int) -> Attempt:
        attempt = self.attempts.get(retries)
        if attempt is None:
            attempt = self.attempts[retries] = Attempt(self.id, retries)
            self.ran = True
        return attempt

    def _describe(self, fact: Sent | Received | Payload) -> Attempt:
        attempt = self._attempt(fact.retries)
        if not attempt.task:
            attempt.task, attempt.args = fact.task, attempt.args or fact.args
        if attempt.eta is None:
            attempt.eta = fact.eta
        return attempt

    def _sent(self, fact: Sent) -> None:
        attempt = self._describe(fact)
        attempt.sent, attempt.queue = fact.at, fact.queue

    def _payload(self, fact: Payload) -> None:
        attempt = self._describe(fact)
        attempt.tag, attempt.queue = fact.tag, fact.queue or attempt.queue
        if fact.redelivered and not any(d.at < fact.at - SCORE_ROUNDING for d in attempt.deliveries):
            self._doubt("a message that had been delivered before the watch began")

    def _received(self, fact: Received) -> None:
        """An event names the holder of the oldest pop that it may follow, or is all there is of one."""
        attempt = self._describe(fact)
        for n, (owner, delivery) in enumerate(self.nameless):
            if owner is attempt and fact.at - delivery.at <= MATCH:
                del self.nameless[n]
                break
        else:
            delivery = Delivery(fact.at)
            attempt.deliveries.append(delivery)
        delivery.worker, delivery.pid, delivery.received = fact.worker, fact.pid, fact.at
        self.holding.setdefault((fact.worker, fact.pid), []).append((attempt, delivery))

    def _popped(self, fact: Popped) -> None:
        if fact.tag not in self.tags:
            return
        attempt = self._attempt(self.tags[fact.tag][1])
        attempt.left = None
        for delivery in reversed(attempt.deliveries):
            if delivery.at < fact.at - SCORE_ROUNDING:
                break
            if delivery.score is None:
                delivery.score = fact.at
                return
        delivery = Delivery(fact.at, score=fact.at)
        attempt.deliveries.append(delivery)
        self.nameless.append((attempt, delivery))

    def _left(self, fact: Left) -> None:
        if fact.tag in self.tags:
            self._attempt(self.tags[fact.tag][1]).left = fact.at

    def _started(self, fact: Started) -> None:
        self._run(fact, fact.at)

    def _run(self, fact: TaskFact, begun: float) -> Execution:
        """A copy begins to run: its worker's, or one that nobody saw being delivered."""
        self.ran = True
        copy = self._copy(fact)
        attempt = copy[0] if copy else self._likely(begun)
        execution = Execution(self.id, attempt.retries, fact.worker, fact.pid, begun)
        attempt.executions.append(execution)
        self.running.setdefault((fact.worker, fact.pid), []).append(execution)
        if copy:
            execution.delivery = copy[1]
            copy[1].state, copy[1].until = "ran", begun
        else:
            self._doubt("a run whose delivery was not seen")
        return execution

    def _copy(self, fact: TaskFact) -> _Copy | None:
        """Take the copy that a worker acts on: its own oldest, else the oldest whose holder nobody named."""
        copies = self.holding.get((fact.worker, fact.pid), self.nameless)
        if not copies:
            return None
        if len(self.attempts) > 1 and any(copy[0] is not copies[0][0] for copy in copies):
            self._doubt("copies of several attempts were held when one ran")
        if len(copies) == 1 and copies is not self.nameless:
            # No empty list stays behind: most accounts are looked through when nothing is held any more.
            del self.holding[fact.worker, fact.pid]
        return copies.pop(0)

    def _likely(self, at: float) -> Attempt:
        """The attempt that a run belongs to when its delivery was not seen: the latest known by then, or
        the one after it, if that one was seen to end in a retry."""
        known = [attempt for attempt in self.attempts.values() if 0 < attempt.born <= at]
        if not known:
            # Of what is known nothing had begun yet: it was the attempt before.
            return self._attempt(max(0, min(self.attempts, default=0) - 1))
        latest = max(known, key=lambda attempt: attempt.retries)
        if any(run.outcome == "retried" for run in latest.executions):
            return self._attempt(latest.retries + 1)
        return latest

    def _succeeded(self, fact: Succeeded) -> None:
        execution = self._end(fact, fact.runtime)
        if fact.skipped:
            # The worker looked, found that the task had succeeded, and did not run it.
            self.attempts[execution.retries].executions.remove(execution)
            if execution.delivery:
                execution.delivery.state = "skipped"
        else:
            execution.outcome = "succeeded"

    def _failed(self, fact: Failed) -> None:
        execution = self._end(fact)
        execution.outcome = "failed"
        if "WorkerLostError" in fact.exception:
            execution.outcome, execution.fate = "lost", "its pool child was lost"

    def _retried(self, fact: Retried) -> None:
        self.retried = True
        self._end(fact).outcome = "retried"

    def _rejected(self, fact: Rejected) -> None:
        if fact.requeue:
            self.returns.append(fact.at)
        if not self._refused(fact, "dropped") and self.running.get((fact.worker, fact.pid)):
            execution = self._end(fact)
            execution.outcome, execution.fate = "requeued", "it was handed back"

    def _revoked(self, fact: Revoked) -> None:
        state: CopyState = "expired" if fact.expired else "revoked"
        if not fact.terminated and self._refused(fact, state):
            return
        if self.running.get((fact.worker, fact.pid)):
            execution = self._end(fact)
            execution.outcome, execution.fate = "lost", "it was terminated"
        else:
            # A copy that is dropped on receipt has no other event (`celery.worker.strategy:default`).
            delivery = Delivery(fact.at, fact.worker, fact.pid, state=state, until=fact.at)
            self._likely(fact.at).deliveries.append(delivery)

    def _refused(self, fact: TaskFact, state: CopyState) -> bool:
        """A worker gave up a copy that it had not begun; False if it has none."""
        copy = self._copy(fact)
        if copy:
            copy[1].state, copy[1].until = state, fact.at
        return copy is not None

    def _end(self, fact: TaskFact, runtime: float | None = None) -> Execution:
        """End the run that an end belongs to.

        Two copies in one worker share hostname and pid: timestamp less runtime tells them apart; without a
        runtime, or when a busy loop stamped late, order does, and the pair is marked uncertain.
        """
        self.ran = True
        running = self.running.get((fact.worker, fact.pid))
        if not running:
            execution = self._run(fact, fact.at - (runtime or 0.0))
            del self.running[fact.worker, fact.pid]
            self._doubt("a run ended whose start was not seen")
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

    def _endings(self) -> None:
        """Copies and runs end with their process; copies also when it loses its connection."""
        for (worker, pid), copies in self.holding.items():
            self.depends.add(worker)
            life = self.lives.life(worker, pid)
            ending = self.lives.ending(worker, pid)
            if life is None or (ending is None and not life.offlines and len(life.onlines) < 2):
                continue
            for _, delivery in copies:
                cut = life.cut(delivery.at)
                ends = [at for at in (ending.at if ending else None, cut) if at is not None]
                if ends:
                    self.final = True
                    delivery.state, delivery.until = "dropped", max(min(ends), delivery.at)
        for attempt, delivery in self.nameless:
            if attempt.left is not None and attempt.left > delivery.at:
                # Nobody named its holder, so nobody can say that it ran: once the message was acknowledged
                # nothing more is known of this copy.
                self.final = True
                delivery.state, delivery.until = "unseen", attempt.left
                self._doubt("a copy of which no event tells whether it ran")
        for (worker, pid), runs in self.running.items():
            self.depends.add(worker)
            life = self.lives.life(worker, pid)
            ending = self.lives.ending(worker, pid)
            for run in runs:
                again = life.reborn(run.started) if life else None
                took = Ending(again, "its process was started anew") if again is not None else ending
                if took:
                    self.final = True
                    run.ended, run.outcome, run.fate = max(took.at, run.started), "lost", took.why
                    run.paired = run.paired and took.certain

    def _caused(self, attempt: Attempt) -> tuple[int, int]:
        return len(attempt.deliveries), len(self.returns)

    def _causes(self, attempt: Attempt) -> None:
        """A redelivery follows a sweep, a requeue somebody who handed the message back.

        A shutdown and a lost connection restore whatever the worker had popped, also an entry that another
        worker holds by now (`kombu.transport.virtual.base:QoS.restore_unacked_once`).
        """
        returns = self.returns
        for delivery in attempt.deliveries:
            if worker := delivery.worker:
                self.caused_by.add(worker)
                life = self.lives.life(worker, delivery.pid)
                if life and life.offlines and (back := life.handed_back(delivery.at)) is not None:
                    returns = [*returns, back]
        soon = self.hidden - MATCH / 2 if self.hidden is not None else 0.0
        before = attempt.deliveries[0]
        for delivery in attempt.deliveries[1:]:
            returned = returns and any(before.at < at <= delivery.at + MATCH for at in returns)
            gap = delivery.at - before.at
            if self.lives.skewed:
                # Each was stamped by its own worker's clock.
                gap += self.lives.skew(before.worker) - self.lives.skew(delivery.worker)
            delivery.cause = "requeue" if returned or gap < soon else "redelivery"
            before = delivery

    def _doubt(self, why: str) -> None:
        if why not in self.doubts:
            self.doubts.append(why)

    _take: ClassVar[dict[type[Fact], Callable[[Projection, Any], None]]] = {
        Sent: _sent,
        Payload: _payload,
        Popped: _popped,
        Received: _received,
        Left: _left,
        Started: _started,
        Succeeded: _succeeded,
        Failed: _failed,
        Retried: _retried,
        Rejected: _rejected,
        Revoked: _revoked,
    }

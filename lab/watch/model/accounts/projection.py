"""The projection of an account: what the facts about one message add up to, in one pass in time order.

A pure function of the facts and of the lives of the workers, so the facts may be learned in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from lab.watch.facts import (
    Aged,
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
)
from lab.watch.model.accounts.account import SCORE_ROUNDING, Account, Attempt, CopyState, Delivery, Owner
from lab.watch.model.accounts.endings import end_with_workers, find_causes
from lab.watch.model.accounts.matching import MATCH, Matching
from lab.watch.model.accounts.verdicts import judge
from lab.watch.model.lives import Lives

NOBODY: frozenset[str] = frozenset()


class Projection:
    """One pass over one message's facts. Plain and a little repetitive: it is what a busy fleet costs.

    Facts come in time order. Further ones may follow, as long as they are later than all before and `final`
    is False. `hidden` is the smallest visibility timeout in seconds that any worker had, where it is known: a
    pop sooner than that after the one before was no sweep's doing. `tags` tells (task id, retries) of the
    delivery tags that the facts name.
    """

    def __init__(self, task_id: str, lives: Lives, hidden: float | None, tags: Mapping[str, Owner]) -> None:
        self.lives = lives
        self.hidden = hidden
        self.tags = tags
        self.matching = Matching(task_id)
        self.returns: list[float] = []
        """When somebody handed the message back."""
        self.caused: dict[int, tuple[int, int]] = {}
        """What the causes of each attempt's deliveries were worked out from."""
        self.caused_by: set[str] = set()
        """Workers whose lost connection would be such a cause."""
        self.retried = False
        self.final = False
        """Whether copies or runs were ended for want of their process: a later fact may show it alive."""

    def of(self, facts: Iterable[Fact]) -> Account:
        """The account of these facts and all before."""
        take = self._take
        for fact in facts:
            take[type(fact)](self, fact)
        matching = self.matching
        depends = self._depends()
        if end_with_workers(matching, self.lives):
            self.final = True
        attempts = list(matching.attempts.values())
        retried = self.retried or len(attempts) > 1
        for attempt in attempts:
            if len(attempt.deliveries) > 1:
                self._cause(attempt)
            if attempt.executions and (matching.unjudged or self.final):
                judge(attempt, retried=retried)
        matching.unjudged = False
        if len(attempts) > 1:
            attempts.sort(key=lambda attempt: attempt.retries)
        if self.caused_by:
            depends |= self.caused_by
        return Account(matching.id, attempts, matching.doubts, depends)

    def _depends(self) -> frozenset[str]:
        """Workers whose ending would end a copy or a run."""
        processes = [*self.matching.holding, *self.matching.running]
        return frozenset(worker for worker, _ in processes) if processes else NOBODY

    def _cause(self, attempt: Attempt) -> None:
        """Find the causes of its deliveries, unless nothing has changed since."""
        known = len(attempt.deliveries), len(self.returns)
        if self.caused.get(attempt.retries) != known:
            self.caused[attempt.retries] = known
            self.caused_by.update(delivery.worker for delivery in attempt.deliveries if delivery.worker)
            find_causes(attempt, self.returns, self.lives, self.hidden)

    def _describe(self, fact: Sent | Received | Payload) -> Attempt:
        attempt = self.matching.attempt(fact.retries)
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
            attempt.earlier = True
            self.matching.doubt("a message that had been delivered before the watch began")

    def _received(self, fact: Received) -> None:
        """An event names the holder of the oldest pop that it may follow, or is all there is of one."""
        attempt = self._describe(fact)
        for n, (owner, delivery) in enumerate(self.matching.nameless):
            if owner is attempt and fact.at - delivery.at <= MATCH:
                del self.matching.nameless[n]
                break
        else:
            delivery = Delivery(fact.at)
            attempt.deliveries.append(delivery)
        delivery.worker, delivery.pid, delivery.received = fact.worker, fact.pid, fact.at
        self.matching.holding.setdefault((fact.worker, fact.pid), []).append((attempt, delivery))

    def _popped(self, fact: Popped) -> None:
        if fact.tag not in self.tags:
            return
        attempt = self.matching.attempt(self.tags[fact.tag][1])
        attempt.left = None
        for delivery in reversed(attempt.deliveries):
            if delivery.at < fact.at - SCORE_ROUNDING:
                break
            if delivery.score is None:
                delivery.score = fact.at
                return
        delivery = Delivery(fact.at, score=fact.at)
        attempt.deliveries.append(delivery)
        self.matching.nameless.append((attempt, delivery))

    def _aged(self, fact: Aged) -> None:
        if fact.tag in self.tags:
            for delivery in self.matching.attempt(self.tags[fact.tag][1]).deliveries[-1:]:
                delivery.score = fact.score

    def _left(self, fact: Left) -> None:
        if fact.tag in self.tags:
            self.matching.attempt(self.tags[fact.tag][1]).left = fact.at

    def _started(self, fact: Started) -> None:
        self.matching.run(fact, fact.at)

    def _succeeded(self, fact: Succeeded) -> None:
        execution = self.matching.end(fact, fact.runtime)
        if fact.skipped:
            # The worker looked, found that the task had succeeded, and did not run it.
            self.matching.attempts[execution.retries].executions.remove(execution)
            if execution.delivery:
                execution.delivery.state = "skipped"
        else:
            execution.outcome = "succeeded"

    def _failed(self, fact: Failed) -> None:
        execution = self.matching.end(fact)
        execution.outcome = "failed"
        if "WorkerLostError" in fact.exception:
            execution.outcome, execution.fate = "lost", "its pool child was lost"

    def _retried(self, fact: Retried) -> None:
        self.retried = True
        self.matching.end(fact).outcome = "retried"

    def _rejected(self, fact: Rejected) -> None:
        if fact.requeue:
            self.returns.append(fact.at)
        if not self.matching.refuse(fact, "dropped") and self.matching.running.get((fact.worker, fact.pid)):
            execution = self.matching.end(fact)
            execution.outcome, execution.fate = "requeued", "it was handed back"

    def _revoked(self, fact: Revoked) -> None:
        state: CopyState = "expired" if fact.expired else "revoked"
        if not fact.terminated and self.matching.refuse(fact, state):
            return
        if self.matching.running.get((fact.worker, fact.pid)):
            execution = self.matching.end(fact)
            execution.outcome, execution.fate = "lost", "it was terminated"
        else:
            # A copy that is dropped on receipt has no other event (`celery.worker.strategy:default`).
            delivery = Delivery(fact.at, fact.worker, fact.pid, state=state, until=fact.at)
            self.matching.likely(fact.at).deliveries.append(delivery)

    _take: ClassVar[dict[type[Fact], Callable[[Projection, Any], None]]] = {
        Sent: _sent,
        Payload: _payload,
        Popped: _popped,
        Aged: _aged,
        Received: _received,
        Left: _left,
        Started: _started,
        Succeeded: _succeeded,
        Failed: _failed,
        Retried: _retried,
        Rejected: _rejected,
        Revoked: _revoked,
    }

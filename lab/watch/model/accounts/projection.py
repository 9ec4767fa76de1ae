"""The projection of an account: what the facts about one message add up to, in one pass in time order.

A pure function of the facts and of the lives of the workers, so the facts may be learned in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

from lab.watch.facts import (
    Aged,
    Cancelled,
    Dropped,
    Fact,
    Failed,
    Left,
    Nowhere,
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
from lab.watch.model.accounts.account import (
    SCORE_ROUNDING,
    Account,
    Attempt,
    CopyState,
    Delivery,
    Execution,
    Owner,
)
from lab.watch.model.accounts.endings import end_with_workers, find_causes
from lab.watch.model.accounts.exceptions import CHILD_LOST, REJECT, TIME_LIMIT, UNKNOWN_TASK, name_of
from lab.watch.model.accounts.matching import Matching, Process
from lab.watch.model.accounts.publications import MATCH, Publications, best_fitting
from lab.watch.model.accounts.verdicts import NO_SKEWS, judge
from lab.watch.model.lives import Lives
from lab.watch.model.sight import Sight

NOBODY: frozenset[str] = frozenset()

SHARED = 1_024
"""Sets of workers of which one object serves every account: most are the same few."""

AT_ONCE = 0.5
"""Seconds within which a worker says all that it has to say of one end."""

SAID_TWICE = frozenset({"failed", "timed out", "rejected", "requeued", "lost"})
"""Outcomes of runs of which `task-failed` may come behind another end: the pool and the worker both tell of
a time limit, and a worker that rejects a failed run's message says so first (`Request.on_failure`,
`on_timeout`)."""


class Projection:
    """One pass over one message's facts. Plain and a little repetitive: it is what a busy fleet costs.

    Facts come in time order. Further ones may follow, as long as they are later than all before and `final`
    is False. `hidden` is the smallest visibility timeout in seconds that any worker had, where it is known: a
    pop sooner than that after the one before was no sweep's doing. `tags` tells (task id, retries) of the
    delivery tags that the facts name.
    """

    __slots__ = (
        "caused",
        "caused_by",
        "final",
        "hidden",
        "id",
        "judged",
        "lives",
        "matching",
        "publications",
        "retried",
        "returns",
        "sight",
        "tags",
    )

    def __init__(
        self, task_id: str, lives: Lives, sight: Sight, hidden: float | None, tags: Mapping[str, Owner]
    ) -> None:
        self.id = task_id
        self.lives = lives
        self.sight = sight
        self.hidden = hidden
        self.tags = tags
        self.publications = Publications(task_id, lives, sight, hidden)
        self.matching = Matching(self.publications)
        self.returns: list[float] = []
        """When somebody handed the message back."""
        self.caused: dict[tuple[int, int], tuple[int, int]] = {}
        """What the causes of each attempt's deliveries were worked out from."""
        self.caused_by = NOBODY
        """Workers whose lost connection would be such a cause."""
        self.judged = 0
        """How many attempts there were when all was judged."""
        self.retried = False
        self.final = False
        """Whether copies or runs were ended for want of their process: a later fact may show it alive."""

    def hide_for(self, hidden: float | None) -> None:
        """A sweep may come sooner than was thought, or later: what is delivered from now on goes by that."""
        self.hidden = self.publications.hidden = hidden

    def of(self, facts: Iterable[Fact]) -> Account:
        """The account of these facts and all before."""
        take = self._take
        for fact in facts:
            take[type(fact)](self, fact)
        matching = self.matching
        running = _workers(tuple(matching.running)) if matching.running else NOBODY
        # Whose ending would end a copy or a run.
        holding = _workers(tuple(matching.holding)) if matching.holding else NOBODY
        attempts = list(self.publications.all)
        if len(attempts) > 1:
            attempts.sort(key=lambda attempt: (attempt.retries, attempt.publication))
            if self.lives.skewed and any(a.retries == b.retries for a, b in pairwise(attempts)):
                matching.doubt("clocks that are off, so that sendings under one id cannot be told apart")
        self.final = end_with_workers(matching, attempts, self.lives, self.sight) or self.final
        for attempt in attempts:
            if len(attempt.deliveries) > 1:
                self._cause(attempt)
        if matching.unjudged or self.final or self.judged != len(attempts):
            self.judged = len(attempts)
            judge(attempts, retried=self.retried or attempts[-1].retries > 0, skews=self._skews(attempts))
        matching.unjudged = False
        depends = _together(running, holding, self.caused_by) if holding or self.caused_by else running
        return Account(self.id, attempts, matching.doubts, depends, running)

    def _skews(self, attempts: Iterable[Attempt]) -> Mapping[str, float]:
        """By how many seconds the clocks are ahead of those that ran it."""
        if not self.lives.skewed:
            return NO_SKEWS
        runs = [run for attempt in attempts for run in attempt.executions]
        return {run.worker: self.lives.skew(run.worker) for run in runs}

    def _cause(self, attempt: Attempt) -> None:
        """Find the causes of its deliveries, unless nothing has changed since."""
        key = attempt.retries, attempt.publication
        known = len(attempt.deliveries), len(self.returns)
        if self.caused.get(key) != known:
            self.caused[key] = known
            workers = frozenset([delivery.worker for delivery in attempt.deliveries if delivery.worker])
            self.caused_by = _together(self.caused_by, workers)
            find_causes(attempt, self.returns, self.lives, self.sight, self.hidden)

    def _sent(self, fact: Sent) -> None:
        attempt = self.publications.sent(fact)
        _describe(attempt, fact)
        attempt.sent, attempt.queue = fact.at, fact.queue or attempt.queue

    def _payload(self, fact: Payload) -> None:
        attempt = self.publications.tagged(fact.tag, fact.retries, fact.at, fact)
        _describe(attempt, fact)
        attempt.queue = attempt.queue or fact.queue
        if fact.redelivered and not any(d.at < fact.at - SCORE_ROUNDING for d in attempt.deliveries):
            attempt.earlier = True
            self.matching.doubt("a message that had been delivered before the watch began")

    def _received(self, fact: Received) -> None:
        """An event names the holder of the oldest pop that it may follow, or is all there is of one."""
        nameless = self.matching.nameless
        near = [n for n, (_, pop) in enumerate(nameless) if fact.at - pop.at <= MATCH]
        fitting = best_fitting([nameless[n][0] for n in near], fact)
        if fitting:
            attempt, delivery = nameless.pop(next(n for n in near if nameless[n][0] is fitting[0]))
        else:
            attempt = self.publications.received(fact)
            delivery = Delivery(fact.at)
            attempt.deliveries.append(delivery)
        _describe(attempt, fact)
        attempt.nowhere = None
        delivery.worker, delivery.pid, delivery.received = fact.worker, fact.pid, fact.at
        self.matching.holding.setdefault((fact.worker, fact.pid), []).append((attempt, delivery))

    def _popped(self, fact: Popped) -> None:
        if fact.tag not in self.tags:
            return
        attempt = self.publications.tagged(fact.tag, self.tags[fact.tag][1], fact.at)
        attempt.left = attempt.nowhere = attempt.data_lost = None
        for delivery in reversed(attempt.deliveries):
            if delivery.at < fact.at - SCORE_ROUNDING:
                break
            if delivery.score is None:
                delivery.score = fact.at
                return
        delivery = Delivery(fact.at, score=fact.at)
        # Before the watch began it may have run.
        attempt.earlier = attempt.earlier or not self.sight.heard(fact.at)
        attempt.deliveries.append(delivery)
        self.matching.nameless.append((attempt, delivery))

    def _aged(self, fact: Aged) -> None:
        if fact.tag in self.tags:
            attempt = self.publications.tagged(fact.tag, self.tags[fact.tag][1], fact.at)
            for delivery in attempt.deliveries[-1:]:
                delivery.score = fact.score

    def _left(self, fact: Left) -> None:
        if fact.tag in self.tags:
            attempt = self.publications.tagged(fact.tag, self.tags[fact.tag][1], fact.at)
            attempt.left, attempt.data_lost = fact.at, fact.at if fact.lost else None

    def _nowhere(self, fact: Nowhere) -> None:
        # What it means is known at the end: a run may prove lost that seems to go.
        for attempt in self.publications.all:
            if not attempt.standing:
                attempt.nowhere = fact.at

    def _started(self, fact: Started) -> None:
        self.matching.run(fact, fact.at)

    def _succeeded(self, fact: Succeeded) -> None:
        execution = self.matching.end(fact, fact.runtime)
        attempt = self.publications.of(execution)
        if fact.skipped and any(run.outcome == "succeeded" for run in attempt.executions):
            # The worker looked, found that the task had succeeded, and did not run it.
            attempt.executions.remove(execution)
            if execution.delivery:
                execution.delivery.state = "skipped"
        else:
            execution.outcome = "succeeded"

    def _failed(self, fact: Failed) -> None:
        name = name_of(fact.exception)
        if name == UNKNOWN_TASK:
            # It was popped, and acknowledged; no other event tells of it (`Consumer.on_unknown_task`).
            if not self.matching.refuse(fact, "discarded"):
                delivery = Delivery(fact.at, fact.worker, fact.pid, state="discarded", until=fact.at)
                self.matching.refused(fact.at, "discarded").deliveries.append(delivery)
            return
        execution = self._said_before(fact, name)
        if execution is None:
            execution = self.matching.end(fact)
        else:
            execution.told_twice = True
        self.matching.unjudged = True
        execution.exception = name
        if name == CHILD_LOST:
            execution.outcome, execution.fate, execution.over = "lost", "its pool child was killed", True
        elif name == TIME_LIMIT:
            execution.outcome, execution.fate = "timed out", "its time limit killed it"
        else:
            execution.outcome = "failed"

    def _said_before(self, fact: Failed, name: str) -> Execution | None:
        """The run that ended already, of which this failure speaks once more; None if it is another's."""
        ended = self.matching.ended.get((fact.worker, fact.pid))
        if ended is None or ended.ended is None or ended.outcome not in SAID_TWICE or ended.told_twice:
            return None
        if not self.matching.surely_runs(fact):
            return ended
        # Another copy runs in the same process: which of them is it?
        life = self.lives.life(fact.worker, fact.pid)
        twice = name == TIME_LIMIT and life is not None and life.says_limits_twice
        if not twice or fact.at - ended.ended > AT_ONCE:
            return None
        self.matching.confuse(fact, ended)
        return ended

    def _retried(self, fact: Retried) -> None:
        self.retried = True
        run = self.matching.end(fact)
        run.outcome = "retried"
        self.matching.retried |= {(run.retries, run.publication)}

    def _rejected(self, fact: Rejected) -> None:
        matching = self.matching
        if fact.requeue:
            self.returns.append(fact.at)
            for attempt in self.publications.all:
                attempt.nowhere = None
        ended = self._just_ended(fact)
        if ended and ended.exception == REJECT and not fact.requeue:
            # The task refused its message: it failed, and then its message is rejected.
            matching.unjudged = ended.told_twice = True
            ended.outcome = "rejected"
            return
        if matching.runs(fact):
            execution = matching.end(fact)
            execution.outcome = "requeued" if fact.requeue else "rejected"
            execution.fate = "it was handed back" if fact.requeue else ""
            execution.returned = fact.requeue
        elif ended:
            # A run that failed, or met its time limit, a moment before.
            matching.unjudged = True
            ended.returned = ended.returned or fact.requeue
        else:
            matching.refuse(fact, "dropped")

    def _just_ended(self, fact: Rejected) -> Execution | None:
        """The run that ended last in this process, if that was just now and nothing more was said of it."""
        ended = self.matching.ended.get((fact.worker, fact.pid))
        if ended is None or ended.ended is None or ended.told_twice:
            return None
        return ended if fact.at - ended.ended <= AT_ONCE else None

    def _cancelled(self, fact: Cancelled) -> None:
        if self.matching.runs(fact):
            execution = self.matching.end(fact)
            execution.outcome, execution.fate = "cancelled", "its worker cut it off"

    def _dropped(self, fact: Dropped) -> None:
        self.matching.stop(fact)

    def _revoked(self, fact: Revoked) -> None:
        state: CopyState = "expired" if fact.expired else "revoked"
        if not fact.terminated and self.matching.refuse(fact, state):
            return
        if fact.terminated and self.matching.runs(fact):
            execution = self.matching.end(fact)
            execution.outcome, execution.fate = "revoked", "it was terminated"
        else:
            # A copy that is dropped on receipt has no other event (`celery.worker.strategy:default`).
            delivery = Delivery(fact.at, fact.worker, fact.pid, state=state, until=fact.at)
            self.matching.refused(fact.at, state).deliveries.append(delivery)

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
        Cancelled: _cancelled,
        Dropped: _dropped,
        Nowhere: _nowhere,
    }


@lru_cache(maxsize=SHARED)
def _workers(processes: tuple[Process, ...]) -> frozenset[str]:
    """The workers that these are processes of."""
    return frozenset(worker for worker, _ in processes)


@lru_cache(maxsize=SHARED)
def _together(*sets: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _describe(attempt: Attempt, fact: Sent | Received | Payload) -> None:
    if not attempt.task:
        attempt.task, attempt.args = fact.task, attempt.args or fact.args
    if attempt.eta is None:
        attempt.eta = fact.eta

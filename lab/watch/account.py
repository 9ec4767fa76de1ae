"""The account of one message: what the facts about it add up to, derived anew from all of them.

A pure function of the facts in time order, so facts may be learned in any order. The first matching of
scores to events, of ends to starts and of runs to causes is all here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

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
from lab.watch.lives import Lives

MATCH = 1.0
"""Seconds by which `task-received` may follow the score of the same pop. Both are written by the popping
worker with its own clock, milliseconds apart; a busy event loop stretches that. A message is never popped
twice within a second through its visibility timeout, whose smallest value is one second."""

SAME_INSTANT = 0.01
"""Seconds by which a `task-received` may stand before its score: rounding, not order."""

PAIRING = 0.5
"""Seconds by which timestamp less runtime of an end may differ from the start it belongs to."""

Cause = Literal["first", "redelivery", "requeue"]
CopyState = Literal["held", "ran", "skipped", "dropped", "revoked", "expired", "unseen"]
Outcome = Literal["running", "succeeded", "failed", "retried", "requeued", "lost"]
Verdict = Literal["first", "duplicate", "recovery", "requeue", "unclear"]


@dataclass(slots=True)
class Delivery:
    """A worker popped the message: one copy. `worker` is empty where no event names it."""

    at: float
    worker: str = ""
    pid: int = 0
    score: float | None = None
    received: float | None = None
    cause: Cause = "first"
    state: CopyState = "held"
    until: float | None = None
    """When the copy stopped being held."""


@dataclass(slots=True)
class Execution:
    """One run of the task's code, its verdict, and why in one phrase."""

    id: str
    retries: int
    worker: str
    pid: int
    started: float
    ended: float | None = None
    outcome: Outcome = "running"
    number: int = 1
    verdict: Verdict = "first"
    concurrent: bool = False
    after: float = 0.0
    """Seconds from the start of the first run to the start of this one."""
    first_worker: str = ""
    certain: bool = True
    delivery: Delivery | None = None
    """The copy that ran; None where its delivery was not seen."""
    fate: str = ""
    """Why it did not end by itself, in one clause."""
    why: str = ""
    """Why the verdict, in one phrase."""


@dataclass(slots=True)
class Attempt:
    """One attempt of one message: (task id, retries)."""

    id: str
    retries: int
    task: str = ""
    args: str = ""
    eta: float | None = None
    queue: str = ""
    tag: str = ""
    sent: float | None = None
    left: float | None = None
    """When the entry was seen to be gone from the index, unless it came back since."""
    deliveries: list[Delivery] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)

    @property
    def held(self) -> list[Delivery]:
        """The copies that a worker has and has not run yet."""
        return [delivery for delivery in self.deliveries if delivery.state == "held"]

    @property
    def duplicates(self) -> list[Execution]:
        return [execution for execution in self.executions if execution.verdict == "duplicate"]

    @property
    def born(self) -> float:
        """The earliest time known of it."""
        times = [at for at in (self.sent, *(d.at for d in self.deliveries[:1])) if at is not None]
        times += [execution.started for execution in self.executions[:1]]
        return min(times, default=0.0)

    @property
    def settled(self) -> bool:
        """Whether nothing of it is waiting or running, as far as is known."""
        if self.held or any(execution.ended is None for execution in self.executions):
            return False
        return bool(self.executions) or any(d.state in ("revoked", "expired") for d in self.deliveries)


@dataclass(slots=True)
class Account:
    """Everything known of one message: its attempts in order, and what makes the counts doubtful."""

    id: str
    attempts: list[Attempt]
    doubts: list[str]
    depends: frozenset[str]
    """Workers whose ending would change this account."""


def draw_up(task_id: str, facts: Iterable[Fact], lives: Lives, hidden: float | None) -> Account:
    """The account of one message from all facts about it, in time order.

    `hidden` is the smallest visibility timeout in seconds that any worker had, where it is known: a pop
    sooner than that after the one before was no sweep's doing.
    """
    return _Drawing(task_id, lives, hidden).of(list(facts))


class _Drawing:
    """One pass over one message's facts."""

    def __init__(self, task_id: str, lives: Lives, hidden: float | None) -> None:
        self.id = task_id
        self.lives = lives
        self.hidden = hidden
        self.attempts: dict[int, Attempt] = {}
        self.doubts: list[str] = []
        self.depends: set[str] = set()

    def of(self, facts: Sequence[Fact]) -> Account:
        self._deliveries(facts)
        for fact in facts:
            match fact:
                case Started():
                    self._run(fact, fact.at)
                case Succeeded() | Failed() | Retried() | Rejected() | Revoked():
                    self._end(fact)
        retried = len(self.attempts) > 1 or any(isinstance(fact, Retried) for fact in facts)
        for attempt in self.attempts.values():
            self._endings(attempt)
            self._causes(attempt, facts)
            judge(attempt, retried=retried)
        return Account(
            self.id,
            [self.attempts[retries] for retries in sorted(self.attempts)],
            self.doubts,
            frozenset(self.depends),
        )

    def _attempt(self, retries: int) -> Attempt:
        attempt = self.attempts.get(retries)
        if attempt is None:
            attempt = self.attempts[retries] = Attempt(self.id, retries)
        return attempt

    def _deliveries(self, facts: Sequence[Fact]) -> None:
        """Match every score with the nearest `task-received` after it: a delivery seen twice counts once."""
        tags: dict[str, Attempt] = {}
        for fact in facts:
            if isinstance(fact, Sent | Received | Payload):
                attempt = self._attempt(fact.retries)
                attempt.task = attempt.task or fact.task
                attempt.args = attempt.args or fact.args
                attempt.eta = attempt.eta if attempt.eta is not None else fact.eta
                if isinstance(fact, Sent):
                    attempt.sent = fact.at
                    attempt.queue = fact.queue
                elif isinstance(fact, Payload):
                    attempt.queue = fact.queue or attempt.queue
                    attempt.tag = fact.tag
                    tags[fact.tag] = attempt
                else:
                    attempt.deliveries.append(Delivery(fact.at, fact.worker, fact.pid, received=fact.at))
        for fact in facts:
            if isinstance(fact, Popped) and fact.tag in tags:
                tags[fact.tag].left = None
                deliveries = tags[fact.tag].deliveries
                for delivery in deliveries:
                    received = delivery.received
                    if (
                        delivery.score is None
                        and received is not None
                        and -SAME_INSTANT <= received - fact.at <= MATCH
                    ):
                        delivery.score = delivery.at = fact.at
                        break
                else:
                    deliveries.append(Delivery(fact.at, score=fact.at))
            elif isinstance(fact, Left) and fact.tag in tags:
                tags[fact.tag].left = fact.at
        for attempt in self.attempts.values():
            attempt.deliveries.sort(key=lambda delivery: delivery.at)

    def _run(self, fact: TaskFact, begun: float) -> Execution:
        """A copy begins to run: its worker's, or one that nobody saw being delivered."""
        copy = self._copy(fact)
        attempt = copy[0] if copy else self._likely(begun)
        execution = Execution(self.id, attempt.retries, fact.worker, fact.pid, begun)
        attempt.executions.append(execution)
        if copy:
            execution.delivery = copy[1]
            copy[1].state, copy[1].until = "ran", begun
        else:
            self._doubt("a run whose delivery was not seen")
        return execution

    def _copy(self, fact: TaskFact) -> tuple[Attempt, Delivery] | None:
        """The copy that a worker acts on: its own oldest, else the oldest whose holder nobody named."""
        held = [
            (attempt, delivery)
            for attempt in self.attempts.values()
            for delivery in attempt.deliveries
            if delivery.state == "held" and delivery.at <= fact.at + SAME_INSTANT
        ]
        own = [pair for pair in held if pair[1].worker == fact.worker and pair[1].pid == fact.pid]
        nameless = [pair for pair in held if not pair[1].worker]
        candidates = own or nameless
        if len({pair[0].retries for pair in candidates}) > 1:
            self._doubt("copies of several attempts were held when one ran")
        return min(candidates, key=lambda pair: pair[1].at, default=None)

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

    def _end(self, fact: Succeeded | Failed | Retried | Rejected | Revoked) -> None:
        if isinstance(fact, Revoked | Rejected):
            waiting = self._copy(fact)
            if waiting and not (isinstance(fact, Revoked) and fact.terminated):
                refused = isinstance(fact, Rejected)
                waiting[1].state = "dropped" if refused else "expired" if fact.expired else "revoked"  # type: ignore[union-attr]
                waiting[1].until = fact.at
                return
        execution, certain = self._open(fact)
        if execution is None:
            if isinstance(fact, Revoked | Rejected):
                return
            execution = self._run(fact, fact.at - (fact.runtime if isinstance(fact, Succeeded) else 0.0))
            self._doubt("a run ended whose start was not seen")
            certain = False
        execution.ended = fact.at
        execution.certain = execution.certain and certain
        match fact:
            case Succeeded(skipped=True):
                # The worker looked, found that the task had succeeded, and did not run it.
                self.attempts[execution.retries].executions.remove(execution)
                if execution.delivery:
                    execution.delivery.state = "skipped"
            case Succeeded():
                execution.outcome = "succeeded"
            case Failed():
                execution.outcome = "lost" if "WorkerLostError" in fact.exception else "failed"
                execution.fate = "its pool child was lost" if execution.outcome == "lost" else ""
            case Retried():
                execution.outcome = "retried"
            case Rejected():
                execution.outcome = "requeued"
                execution.fate = "it was handed back"
            case Revoked():
                execution.outcome = "lost"
                execution.fate = "it was terminated"

    def _open(self, fact: TaskFact) -> tuple[Execution | None, bool]:
        """The start that an end belongs to, and whether that is certain.

        Two copies in one worker share hostname and pid: timestamp less runtime tells them apart; without a
        runtime, or when a busy loop stamped late, order does, and the pair is marked uncertain.
        """
        running = [
            execution
            for attempt in self.attempts.values()
            for execution in attempt.executions
            if execution.ended is None
            and execution.worker == fact.worker
            and execution.pid == fact.pid
            and execution.started <= fact.at + SAME_INSTANT
        ]
        if not running:
            return None, False
        if isinstance(fact, Succeeded):
            begun = fact.at - fact.runtime
            nearest = min(running, key=lambda execution: abs(execution.started - begun))
            if abs(nearest.started - begun) <= PAIRING:
                return nearest, True
        return running[0], len(running) == 1

    def _endings(self, attempt: Attempt) -> None:
        """Copies and runs end with their process; copies also when it loses its connection."""
        for delivery in attempt.deliveries:
            if delivery.state != "held":
                continue
            if not delivery.worker:
                # Nobody named its holder, so nobody can say that it ran: once the message was
                # acknowledged nothing more is known of this copy.
                if attempt.left is not None and attempt.left > delivery.at:
                    delivery.state, delivery.until = "unseen", attempt.left
                continue
            self.depends.add(delivery.worker)
            ending = self.lives.ending(delivery.worker, delivery.pid)
            cut = self.lives.disconnect(delivery.worker, delivery.pid, delivery.at)
            ends = [at for at in (ending.at if ending else None, cut) if at is not None]
            if ends:
                delivery.state, delivery.until = "dropped", max(min(ends), delivery.at)
        for execution in attempt.executions:
            if execution.ended is None:
                self.depends.add(execution.worker)
                ending = self.lives.ending(execution.worker, execution.pid)
                if ending:
                    execution.ended = max(ending.at, execution.started)
                    execution.outcome = "lost"
                    execution.fate = ending.why
                    execution.certain = execution.certain and ending.certain
        # A copy that went with its process counts as held again if the process proves alive.
        self.depends.update(d.worker for d in attempt.deliveries if d.state == "dropped" and d.worker)
        self.depends.update(e.worker for e in attempt.executions if e.outcome == "lost")

    def _causes(self, attempt: Attempt, facts: Sequence[Fact]) -> None:
        """A redelivery follows a sweep, a requeue somebody who handed the message back.

        A shutdown and a lost connection restore whatever the worker had popped, also an entry that another
        worker holds by now (`kombu.transport.virtual.base:QoS.restore_unacked_once`).
        """
        if len(attempt.deliveries) < 2:
            return
        returns = [fact.at for fact in facts if isinstance(fact, Rejected) and fact.requeue]
        for delivery in attempt.deliveries:
            if delivery.worker:
                self.depends.add(delivery.worker)
                cut = self.lives.disconnect(delivery.worker, delivery.pid, delivery.at)
                returns += [cut] if cut is not None else []
        for before, delivery in zip(attempt.deliveries, attempt.deliveries[1:], strict=False):
            returned = any(before.at < at <= delivery.at + MATCH for at in returns)
            too_soon = self.hidden is not None and delivery.at - before.at < self.hidden - MATCH / 2
            delivery.cause = "requeue" if returned or too_soon else "redelivery"

    def _doubt(self, why: str) -> None:
        if why not in self.doubts:
            self.doubts.append(why)


def judge(attempt: Attempt, *, retried: bool) -> None:
    """Give every run of an attempt its number and verdict, from the fate of the runs before it.

    `retried`: the message is known to have had other attempts.
    """
    runs = attempt.executions
    runs.sort(key=lambda execution: (execution.started, execution.worker, execution.pid))
    for n, run in enumerate(runs):
        run.number = n + 1
        if n == 0:
            run.why = "the first run"
            continue
        earlier = runs[:n]
        first = runs[0]
        run.after = run.started - first.started
        run.first_worker = first.worker
        living = [
            other
            for other in earlier
            if not (
                other.outcome in ("lost", "requeued")
                and other.ended is not None
                and other.ended <= run.started + SAME_INSTANT
            )
        ]
        if any(run.delivery and other.delivery for other in living):
            run.verdict = "duplicate"
        elif living:
            # Of one of them the delivery was not seen. If retries are about, it may be another attempt's.
            over = any(other.outcome in ("succeeded", "failed") and other.certain for other in living)
            run.verdict, run.certain = "duplicate" if over and not retried else "unclear", False
        if run.verdict == "unclear":
            run.why = "too little was seen of the runs before it"
        elif living:
            run.concurrent = any(other.ended is None or other.ended > run.started for other in living)
            run.why = "while another run was still going" if run.concurrent else "after another run had ended"
        elif any(other.outcome == "lost" for other in earlier):
            run.verdict = "recovery"
            lost = next(other for other in reversed(earlier) if other.outcome == "lost")
            run.why = f"the run on {lost.worker or 'a worker'} was lost: {lost.fate}"
            run.certain = run.certain and lost.certain
        else:
            run.verdict = "requeue"
            run.why = "the run before was handed back"

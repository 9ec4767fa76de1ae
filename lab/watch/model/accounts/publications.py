"""The publications: which sending of a message a fact is about, since one task id may be sent more than once.

A task that replaces itself, or an id that is used again, has the same id and the same retries; only the
delivery tag differs (`celery.app.task:Task.replace`, `apply_async(task_id=…)`), and events do not carry it.
So what an event says of the message is held against what is known: task, arguments and ETA stay the same
when a message is redelivered. It knows nothing of what runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.watch.facts import Payload, Received, Sent
from lab.watch.model.accounts.account import ACKNOWLEDGED, SCORE_ROUNDING, Attempt, Execution
from lab.watch.model.lives import Lives
from lab.watch.model.sight import Sight

MATCH = 1.0
"""Seconds by which `task-received` may follow the score of the same pop. Both are written by the popping
worker with its own clock, milliseconds apart; a busy event loop stretches that. A message is never popped
twice within a second through its visibility timeout, whose smallest value is one second."""

SKEW = 5.0
"""Seconds by which a producer's clock may be ahead of a worker's."""

BEFORE = 0.05
"""Seconds by which an acknowledgement may come before the event of its start, which the worker publishes
behind it (`celery.worker.request:Request.on_accepted`)."""

ZONE = 900.0
"""Time zones are multiples of a quarter of an hour: an ETA that is off by so much is the same one, read
without its zone."""


class Publications:
    """The attempts of one message, by retries and by delivery tag, each in the order of its first fact."""

    __slots__ = ("_by_retries", "_by_tag", "_lives", "_sight", "all", "hidden", "id")

    def __init__(self, task_id: str, lives: Lives, sight: Sight, hidden: float | None) -> None:
        self.id = task_id
        self.all: list[Attempt] = []
        self._lives = lives
        self._sight = sight
        self.hidden = hidden
        """Seconds after which a sweep may put an entry back, at the soonest; None where nobody said."""
        self._by_retries: dict[int, list[Attempt]] = {}
        self._by_tag: dict[str, Attempt] = {}

    def any(self, retries: int) -> Attempt:
        """The latest publication with these retries."""
        known = self._by_retries.get(retries)
        return known[-1] if known else self._new(retries)

    def sent(self, fact: Sent) -> Attempt:
        """The publication that this sending is: one of which only the deliveries were known, or a new one."""
        at = min(fact.at, fact.seen) if fact.seen else fact.at
        for attempt in self._by_retries.get(fact.retries, ()):
            if attempt.sent is None and self._taken_after(attempt, at - SKEW) and fits(attempt, fact):
                return attempt
        return self._new(fact.retries)

    def _taken_after(self, attempt: Attempt, at: float) -> bool:
        """Whether nobody took it before this time, which is the observer's."""
        if not attempt.deliveries:
            return True
        first = attempt.deliveries[0]
        if self._lives.skewed and not first.worker:
            # Its score is by the clock of whoever popped it.
            return True
        return first.at - self._lives.skew(first.worker) > at

    def successors(self, run: Execution) -> list[float]:
        """When other tasks were sent, or taken, under the id of a run after it had begun: it replaced itself
        by one of them (`celery.app.task:Task.replace`), of which no event tells."""
        if len(self.all) < 2:
            return []
        task = self.of(run).task
        return sorted(each.born for each in self._later(run) if each.task and task and each.task != task)

    def followed(self, run: Execution) -> bool:
        """Whether anything was sent, or taken, under the id of a run after it had begun: it may have replaced
        itself by the same task."""
        return len(self.all) > 1 and any(True for _ in self._later(run))

    def _later(self, run: Execution) -> Iterator[Attempt]:
        mine = self.of(run)
        for each in self.all:
            if each is not mine and each.retries == 0 and each.born >= run.started:
                yield each

    def of(self, run: Execution) -> Attempt:
        """The publication that a run is of."""
        if len(self.all) == 1:
            return self.all[0]
        return next(a for a in self.all if (a.retries, a.publication) == (run.retries, run.publication))

    def received(self, fact: Received) -> Attempt:
        """The publication that a worker received a copy of, where no pop tells its tag."""
        open_: Attempt | None = None
        for attempt in best_fitting(self._by_retries.get(fact.retries, ()), fact):
            if not attempt.deliveries:
                return attempt
            if attempt.eta is None and self._over(attempt, fact.at):
                continue
            if open_ is None or attempt.deliveries[-1].at < open_.deliveries[-1].at:
                # The one that was delivered first is redelivered first.
                open_ = attempt
        return open_ or self._new(fact.retries)

    def tagged(self, tag: str, retries: int, at: float, payload: Payload | None = None) -> Attempt:
        """The publication with this delivery tag, which stood in the index at `at`."""
        attempt = self._by_tag.get(tag)
        if attempt is None:
            attempt = self._untagged(retries, at, payload) or self._new(retries)
            attempt.tag = tag
            self._by_tag[tag] = attempt
        return attempt

    def _untagged(self, retries: int, at: float, payload: Payload | None) -> Attempt | None:
        """The publication of which other facts told before its tag was seen; None if there is none."""
        last: Attempt | None = None
        untagged = [each for each in self._by_retries.get(retries, ()) if not each.tag]
        for attempt in best_fitting(untagged, payload) if payload else untagged:
            deliveries = attempt.deliveries
            if not deliveries or (deliveries[-1].score is None and deliveries[-1].at >= at - SCORE_ROUNDING):
                return attempt
            last = attempt
        if last is None or payload is None:
            # Where clocks are off, a pop may stand before what tells of its message.
            return last if self._lives.skewed else None
        # `redelivered` is in the headers of what was put back before (`Channel._do_restore_message`).
        again = payload.redelivered or (payload.eta is not None and payload.eta == last.eta)
        return last if again or not self._read(last) else None

    def _over(self, attempt: Attempt, now: float) -> bool:
        """Whether its message was acknowledged, as far as can be seen: it cannot be delivered again."""
        if not attempt.tag:
            if not self._read(attempt):
                # What is not acknowledged at once stands in the index, where somebody reads that.
                return False
        elif attempt.left is None or not self._acknowledged(attempt, attempt.left):
            return False
        delivery = attempt.deliveries[-1]
        left = delivery.at if attempt.left is None else attempt.left
        life = self._lives.life(delivery.worker, delivery.pid)
        cut = life.cut(delivery.at) if life else None
        if (cut is not None and cut <= left + MATCH) or self._sight.restarted(delivery.at, now):
            # It may have been handed back then.
            return False
        return not any(run.made_way and not run.over for run in attempt.executions)

    def _read(self, attempt: Attempt) -> bool:
        """Whether its entry would have been seen, had it stood in the index for a while."""
        last = attempt.deliveries[-1]
        at = last.at - self._lives.skew(last.worker)
        return self._sight.read_index(at, at + MATCH)

    def _acknowledged(self, attempt: Attempt, left: float) -> bool:
        """Whether its entry left when one of its runs began, or ended, and was too young for a sweep."""
        if left - attempt.deliveries[-1].since >= (MATCH if self.hidden is None else self.hidden):
            return False
        for run in attempt.executions:
            ahead = self._lives.skew(run.worker)
            for at in (run.started, run.ended):
                if at is not None and -BEFORE <= left - (at - ahead) <= ACKNOWLEDGED:
                    return True
        return False

    def _new(self, retries: int) -> Attempt:
        known = self._by_retries.setdefault(retries, [])
        attempt = Attempt(self.id, retries, len(known) + 1)
        known.append(attempt)
        self.all.append(attempt)
        return attempt


def best_fitting(attempts: Sequence[Attempt], fact: Received | Payload) -> Sequence[Attempt]:
    """The publications of which this may be said; of several those that are due at the very time, which two
    sendings hardly ever share."""
    fitting = [each for each in attempts if fits(each, fact)]
    if len(fitting) < 2:
        return fitting
    return [each for each in fitting if each.eta == fact.eta] or fitting


def fits(attempt: Attempt, fact: Sent | Received | Payload) -> bool:
    """Whether this may be said of that publication."""
    if attempt.retries != fact.retries:
        return False
    if not attempt.task or not fact.task:
        return True
    if attempt.task != fact.task or (attempt.args != fact.args and attempt.args and fact.args):
        return False
    if attempt.eta == fact.eta:
        return True
    if attempt.eta is None or fact.eta is None:
        return False
    off = abs(attempt.eta - fact.eta)
    return min(off, off % ZONE, ZONE - off % ZONE) < SCORE_ROUNDING

"""The publications: which sending of a message a fact is about, since one task id may be sent more than once.

A task that replaces itself, or an id that is used again, has the same id and the same retries; only the
delivery tag differs (`celery.app.task:Task.replace`, `apply_async(task_id=…)`), and events do not carry it.
So what an event says of the message is held against what is known: task, arguments and ETA stay the same
when a message is redelivered. It knows nothing of what runs.
"""

from __future__ import annotations

from lab.watch.facts import Payload, Received, Sent
from lab.watch.model.accounts.account import SCORE_ROUNDING, Attempt
from lab.watch.model.lives import Lives
from lab.watch.model.sight import Sight

MATCH = 1.0
"""Seconds by which `task-received` may follow the score of the same pop. Both are written by the popping
worker with its own clock, milliseconds apart; a busy event loop stretches that. A message is never popped
twice within a second through its visibility timeout, whose smallest value is one second."""

SKEW = 5.0
"""Seconds by which a producer's clock may be ahead of a worker's."""

ACKNOWLEDGED = 0.5
"""Seconds from a start, or an end, within which an entry leaves that was acknowledged then: a reading's
time, and what a busy worker adds."""

ZONE = 900.0
"""Time zones are multiples of a quarter of an hour: an ETA that is off by so much is the same one, read
without its zone."""


class Publications:
    """The attempts of one message, by retries and by delivery tag, each in the order of its first fact."""

    __slots__ = ("_by_retries", "_by_tag", "_lives", "_sight", "all", "id")

    def __init__(self, task_id: str, lives: Lives, sight: Sight) -> None:
        self.id = task_id
        self.all: list[Attempt] = []
        self._lives = lives
        self._sight = sight
        self._by_retries: dict[int, list[Attempt]] = {}
        self._by_tag: dict[str, Attempt] = {}

    def any(self, retries: int) -> Attempt:
        """The latest publication with these retries."""
        known = self._by_retries.get(retries)
        return known[-1] if known else self._new(retries)

    def sent(self, fact: Sent) -> Attempt:
        """The publication that this sending is: one of which only the deliveries were known, or a new one."""
        for attempt in self._by_retries.get(fact.retries, ()):
            first = attempt.deliveries[0].at if attempt.deliveries else None
            if attempt.sent is None and (first is None or first > fact.at - SKEW) and fits(attempt, fact):
                return attempt
        return self._new(fact.retries)

    def received(self, fact: Received) -> Attempt:
        """The publication that a worker received a copy of, where no pop tells its tag."""
        open_: Attempt | None = None
        for attempt in self._by_retries.get(fact.retries, ()):
            if not fits(attempt, fact):
                continue
            if not attempt.deliveries:
                return attempt
            if attempt.eta is not None or not self._over(attempt, fact.at):
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
        for attempt in self._by_retries.get(retries, ()):
            if attempt.tag or (payload and not fits(attempt, payload)):
                continue
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
        elif attempt.left is None or self._lives.skewed or not _acknowledged(attempt, attempt.left):
            return False
        delivery = attempt.deliveries[-1]
        life = self._lives.life(delivery.worker, delivery.pid)
        cut = life.cut(delivery.at) if life else None
        if (cut is not None and cut <= now) or self._sight.restarted(delivery.at, now):
            return False
        return not any(run.made_way for run in attempt.executions)

    def _read(self, attempt: Attempt) -> bool:
        """Whether its entry would have been seen, had it stood in the index for a while. Where clocks are off
        nothing tells which of two facts came first."""
        at = attempt.deliveries[-1].at
        return not self._lives.skewed and self._sight.read_index(at, at + MATCH)

    def _new(self, retries: int) -> Attempt:
        known = self._by_retries.setdefault(retries, [])
        attempt = Attempt(self.id, retries, len(known) + 1)
        known.append(attempt)
        self.all.append(attempt)
        return attempt


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


def _acknowledged(attempt: Attempt, left: float) -> bool:
    """Whether its entry left when one of its runs began, or ended: not by a sweep."""
    times = (at for run in attempt.executions for at in (run.started, run.ended) if at is not None)
    return any(abs(at - left) <= ACKNOWLEDGED for at in times)

"""The endings: what the fate of its worker makes of a copy or a run, and what caused each delivery.

Pure functions over what a projection holds. They know the lives of the workers, and no facts of the message.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.watch.model.accounts.account import Attempt, Delivery
from lab.watch.model.accounts.matching import MATCH, Matching
from lab.watch.model.life import Ending, Life
from lab.watch.model.lives import Lives


def end_with_workers(matching: Matching, lives: Lives) -> bool:
    """End what ended with its process, or its process's connection. False if there was nothing to end.

    What was ended so may prove alive by a later fact: then all is to be matched anew.
    """
    ended = False
    for (worker, pid), copies in matching.holding.items():
        life, ending = lives.life(worker, pid), lives.ending(worker, pid)
        if life and (ending or life.offlines or len(life.onlines) > 1):
            for _, delivery in copies:
                ended = _end_copy(delivery, life, ending) or ended
    for attempt, delivery in matching.nameless:
        if attempt.left is not None and attempt.left > delivery.at:
            # Nobody named its holder, so nobody can say that it ran: once the message was acknowledged
            # nothing more is known of this copy.
            delivery.state, delivery.until = "unseen", attempt.left
            matching.doubt("a copy of which no event tells whether it ran")
            ended = True
    for (worker, pid), runs in matching.running.items():
        life, ending = lives.life(worker, pid), lives.ending(worker, pid)
        for run in runs:
            again = life.reborn(run.started) if life else None
            took = Ending(again, "its process was started anew") if again is not None else ending
            if took:
                run.ended, run.outcome, run.fate = max(took.at, run.started), "lost", took.why
                run.paired = run.paired and took.certain
                ended = True
    return ended


def _end_copy(delivery: Delivery, life: Life, ending: Ending | None) -> bool:
    """A copy ends with its process, and also when that loses its connection. False if it is still held."""
    ends = [at for at in (ending.at if ending else None, life.cut(delivery.at)) if at is not None]
    if not ends:
        return False
    delivery.state, delivery.until = "dropped", max(min(ends), delivery.at)
    return True


def find_causes(attempt: Attempt, returns: Sequence[float], lives: Lives, hidden: float | None) -> None:
    """A redelivery follows a sweep, a requeue somebody who handed the message back, at one of `returns`.

    A shutdown and a lost connection restore whatever the worker had popped, also an entry that another
    worker holds by now (`kombu.transport.virtual.base:QoS.restore_unacked_once`). `hidden` is the smallest
    visibility timeout in seconds, where it is known: sooner than that no sweep redelivers.
    """
    returned = [*returns, *_handed_back(attempt, lives)]
    soon = hidden - MATCH / 2 if hidden is not None else 0.0
    before = attempt.deliveries[0]
    for delivery in attempt.deliveries[1:]:
        gap = delivery.at - before.since
        if lives.skewed:
            # Each was stamped by its own worker's clock.
            gap += lives.skew(before.worker) - lives.skew(delivery.worker)
        # Hardly ever was anything handed back: do not look for it in nothing.
        back = returned and any(before.at < at <= delivery.at + MATCH for at in returned)
        delivery.cause = "requeue" if back or gap < soon else "redelivery"
        before = delivery


def _handed_back(attempt: Attempt, lives: Lives) -> list[float]:
    """When holders of it went offline, which restores what they had popped."""
    times = []
    for delivery in attempt.deliveries:
        life = lives.life(delivery.worker, delivery.pid)
        if life and life.offlines:
            back = life.handed_back(delivery.at)
            if back is not None:
                times.append(back)
    return times

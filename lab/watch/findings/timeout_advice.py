"""Advice: the visibility timeout that keeps a wait from ending in a redelivery.

Pure functions. They say a number; the words around it are the screen's, and those of `python -m lab`.
"""

from __future__ import annotations

from math import floor, isfinite

from lab.watch.model.accounts.account import Attempt

MARGIN = 0.05
"""Seconds by which a timeout must outlast the wait at least. A sweep and the end of a timeout cannot be told
apart within them, and an ETA lies some milliseconds less than the countdown after the sending."""

ROOM = 29
"""Seconds beyond the smallest timeout, half a minute with the one that it adds: a message that is due may
have to wait for a free place in the pool."""

ROOMY = 60
"""Seconds of the timeout that suits every short wait."""


def smallest_timeout(wait: float) -> int:
    """The smallest visibility timeout with which no sweep redelivers a message that is held for `wait`.

    Both in seconds; whole ones, strictly above the wait: kombu restores an entry as soon as its age is the
    timeout (`kombu.transport.redis:QoS.restore_visible`). `wait` is a finite number.
    """
    return floor(wait + MARGIN) + 1


def roomy_timeout(wait: float) -> int:
    """A visibility timeout, in seconds, that outlasts `wait` with room for what may come on top of it."""
    return max(ROOMY, smallest_timeout(wait) + ROOM)


def timeout_for(attempt: Attempt) -> int | None:
    """The smallest visibility timeout, in seconds, with which this attempt would have run once.

    None where it ran once, or no sweep handed it out again, or no timeout would have helped: its holder did
    not run it at its ETA. None also where a time is no number, as from a broken recording.
    """
    again = [delivery for delivery in attempt.deliveries if delivery.cause == "redelivery"]
    if not again or not attempt.duplicates:
        return None
    first = attempt.deliveries[0].at
    if attempt.eta is not None and attempt.eta > first:
        if again[-1].at > attempt.eta:
            return None
        # Counted from the sending, as whoever sets a timeout knows the wait by its countdown.
        sent = attempt.sent if attempt.sent is not None else first
        wait = attempt.eta - min(sent, *(delivery.since for delivery in attempt.deliveries))
    else:
        ended = attempt.executions[0].ended
        wait = max(again[-1].at, ended if ended is not None else again[-1].at) - first
    return smallest_timeout(wait) if isfinite(wait) else None

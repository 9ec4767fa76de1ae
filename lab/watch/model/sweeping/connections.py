"""Whose connection swept: told by its number, by when it was opened, or by a sweep that was due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.watch.facts import ConnectionSwept
from lab.watch.model.sweeping.sweeper import Sweeper
from lab.watch.model.sweeping.window import Window

OPENED = 2.5
"""Seconds by which a worker's `worker-online` may differ from the time at which the connection that sweeps
was opened: whole seconds of `CLIENT LIST`, and the time that a worker needs to come up."""


def sweeper_of(fact: ConnectionSwept, told: Window, sweepers: Sequence[Sweeper]) -> Sweeper | None:
    """The sweeper whose connection swept within this window; None if it is nobody's who is known."""
    # Workers sweep over the connection that they opened when they came up.
    opened = [each for each in sweepers if abs(each.online - fact.connected) <= OPENED]
    for sweeper in sweepers:
        if sweeper.connection == fact.connection:
            if sweeper in opened and not sweeper.sweeps_in(told):
                _exchange(sweeper, opened, told)
            return sweeper
    free = [each for each in sweepers if each.connection is None]
    expected = [each for each in free if each.sweeps_in(told)]
    opened = [each for each in opened if each in free]
    among = [each for each in opened if each in expected] or opened or expected
    return min(among, key=lambda each: abs(each.online - fact.connected), default=None)


def _exchange(sweeper: Sweeper, opened: Sequence[Sweeper], told: Window) -> None:
    """Of two workers that came up at the same time one was taken for the other, where the connection sweeps
    with the other one's period: each goes on with the other's connection, and what was seen of that."""
    for other in opened:
        if sweeper.ground == other.ground == "known" and other.period != sweeper.period:
            fits = replace(sweeper, interval=other.interval, throttle=other.throttle).sweeps_in(told)
            if any(n > 0 for n, _ in fits):
                sweeper.worker, other.worker = other.worker, sweeper.worker
                sweeper.online, other.online = other.online, sweeper.online
                sweeper.interval, other.interval = other.interval, sweeper.interval
                sweeper.throttle, other.throttle = other.throttle, sweeper.throttle
                return

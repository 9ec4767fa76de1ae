"""An instant: who sweeps then, and with which timeouts, worked out once for all messages.

Linear in the workers that are up, and in those who sweep. It knows no message.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from math import ceil, inf

from lab.watch.model.grids import Cadence, Grids
from lab.watch.model.lives import Lives
from lab.watch.model.sweeping.settings import Ground, Timeout
from lab.watch.model.sweeping.sweeper import SWEEP_TIE, Sweeper
from lab.watch.model.sweeping.sweeps import Sweeps

TAKEN_LATE = 0.02
"""Seconds that a pop takes at most after its sweep, with a few messages restored by one."""

FEW = 4
"""Calls of the sweep's timer that surely add up to more delay than a pop takes."""

ROUNDING = 1e-6
"""Periods by which a division may be off."""


class Instant:
    """What is known at `now`, Unix seconds, of sweeps to come. `up` are the workers that are."""

    def __init__(self, sweeps: Sweeps, lives: Lives, up: tuple[str, ...], now: float) -> None:
        self.now = now
        self.up = up
        self._sweeps = sweeps
        self._lives = lives

    @cached_property
    def sweeping(self) -> list[tuple[Sweeper, Timeout]]:
        """Those who sweep, each with after how many seconds on the observer's clock an entry is too old for
        it: it compares the score with its own clock."""
        return [(each, self._timeout(each)) for each in self._sweeps.sweeping(self.now)]

    @cached_property
    def _rhythms(self) -> list[tuple[float, float, float, float, float]]:
        return [(timeout.least, *sweeper.rhythm) for sweeper, timeout in self.sweeping]

    def soonest(self, score: float) -> list[tuple[float, float, int]]:
        """When the window begins, and ends, at the soonest, in which each sweeper puts back what was popped
        at `score`, and its place among those who sweep; in the order of time. A quick look, which spares a
        long one at most of them."""
        found = []
        for n, (timeout, earliest, latest, least, most) in enumerate(self._rhythms):
            due = score + timeout
            if due < self.now:
                due = self.now
            if latest == -inf:
                found.append((due, due, n))
                continue
            # Rather one too few than one too many.
            periods = max(1, ceil((due - latest) / most - ROUNDING))
            begins, ends = earliest + periods * least, latest + periods * most
            found.append((begins if begins > due else due, ends if ends > due else due, n))
        found.sort()
        return found

    @cached_property
    def supposes(self) -> bool:
        """Whether any of these timeouts is assumed."""
        return any(timeout.supposed is not None for _, timeout in self.sweeping)

    @cached_property
    def values(self) -> bool:
        """Whether any of them is one number."""
        return any(timeout.value is not None for _, timeout in self.sweeping)

    @cached_property
    def unseen(self) -> int:
        """How many more may sweep than are known."""
        return self._sweeps.unseen(self.now, self.up)

    @cached_property
    def stranger(self) -> Timeout:
        """The timeout of somebody of whom nothing is known."""
        return self._sweeps.settings.any(self.up).timeout

    @cached_property
    def ground(self) -> Ground:
        """What the timeouts of all rest on together."""
        return weakest([self.stranger, *(timeout for _, timeout in self.sweeping)])

    @cached_property
    def early(self) -> Grids:
        """All who sweep, in the reading with the earliest sweeps."""
        return self._grids(early=True)

    @cached_property
    def late(self) -> Grids:
        """The same in the reading with the latest."""
        return self._grids(early=False)

    def _grids(self, *, early: bool) -> Grids:
        # It is open which comes first, the sweep that is due at the end of the timeout or that end, where few
        # calls add up to little delay, and where no sweep led to the pop: the late reading takes the sweep
        # after it then.
        in_time, after = -SWEEP_TIE, TAKEN_LATE
        cadences = []
        for sweeper, bounds in self.sweeping:
            timeout = bounds.least if early else bounds.most
            if bounds.supposed is not None:
                timeout = bounds.supposed
            if timeout < inf:
                many = timeout >= FEW * sweeper.interval
                at_first = timeout + (in_time if early else after)
                later = timeout + (in_time if early or many else after)
                cadences.append(Cadence(*sweeper.cadence(early=early), at_first, later))
        return Grids(cadences)

    def _timeout(self, sweeper: Sweeper) -> Timeout:
        timeout = self._sweeps.timeout(sweeper, self.up)
        least_ahead, most_ahead = self._lives.clock(sweeper.worker)
        if not most_ahead and not least_ahead:
            return timeout
        # By a clock that is ahead of its own by more than the timeout, a message is overdue before its score.
        least, most = timeout.least - most_ahead, timeout.most - least_ahead
        supposed = None if timeout.supposed is None else timeout.supposed - most_ahead
        return Timeout(least, most, timeout.ground, supposed)


def weakest(timeouts: Iterable[Timeout]) -> Ground:
    """What all of it rests on: the ground that is worth the least."""
    order: tuple[Ground, ...] = ("unknown", "assumed", "inferred", "known")
    return min((timeout.ground for timeout in timeouts), key=order.index)

"""The grids of the sweeps: how many redeliveries there are until a time, by arithmetic, not step by step.

Sweepers with one period and one timeout make up a grid: where on it a sweep puts a message back says which
one does so next, however often it went round before. It knows no message and no worker.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

FURTHEST = 1_000
"""Redeliveries that are counted ahead; beyond, a forecast says "at least"."""

TAKEN = 0.005
"""Seconds from a sweep until a worker popped what it restored, usually."""

Place = tuple[int, int]
"""A sweep on a grid: whose it is, in the order of their first ones, and how many periods after that."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """One sweeper: its first sweep, and the seconds between two of them; after how many seconds it puts back
    what was popped, where it is the first to do so, and where a sweep had put that back before."""

    first: float
    step: float
    at_first: float
    later: float


class Grid:
    """Sweepers of one period and one timeout."""

    def __init__(self, firsts: Iterable[float], step: float, at_first: float, later: float) -> None:
        self.firsts = sorted(firsts)
        self.step = step
        self.at_first = at_first
        self.later = later
        self._next: dict[int, Place] = {}
        self._round = self.firsts[-1] - self.firsts[0] <= step
        """Whether each sweeps once before any sweeps twice."""

    def when(self, place: Place) -> float:
        """The time of a sweep."""
        return self.firsts[place[0]] + place[1] * self.step

    def reached(self, due: float) -> Place:
        """The first sweep at or after a time."""
        if self._round:
            rounds = max(0, floor((due - self.firsts[0]) / self.step))
            n = bisect_left(self.firsts, due - rounds * self.step)
            return (n, rounds) if n < len(self.firsts) else (0, rounds + 1)
        places = [(n, max(0, ceil((due - first) / self.step))) for n, first in enumerate(self.firsts)]
        return min(places, key=self.when)

    def follows(self, place: Place) -> Place:
        """The sweep that puts back what this one did."""
        n, rounds = place
        if self.when(place) < self.firsts[-1]:
            # Not all have begun.
            return self.reached(self.when(place) + TAKEN + self.later)
        if n not in self._next:
            m, later = self.reached(self.when(place) + TAKEN + self.later)
            self._next[n] = m, later - rounds
        m, more = self._next[n]
        return m, rounds + more

    def count(self, place: Place, until: float) -> int:
        """How many redeliveries there are from a sweep on, that one counted, before a time."""
        count, seen = 0, dict[int, tuple[int, int]]()
        while count < FURTHEST and self.when(place) < until:
            n, rounds = place
            if n in seen and rounds > seen[n][1]:
                # So it goes on: skip what is sure to lie before that time.
                redeliveries, periods = count - seen[n][0], rounds - seen[n][1]
                times = int((until - self.when(place)) / self.step / periods) - 1
                if times > 0:
                    count, place = count + times * redeliveries, (n, rounds + times * periods)
                    seen.clear()
                    continue
            elif self.when(place) >= self.firsts[-1]:
                seen[n] = count, rounds
            count += 1
            place = self.follows(place)
        return min(count, FURTHEST)


class Grids:
    """All who sweep. Linear in them to begin with, and in the grids for each redelivery that is asked for."""

    def __init__(self, cadences: Sequence[Cadence]) -> None:
        alike: dict[tuple[float, float, float], list[float]] = {}
        for each in cadences:
            alike.setdefault((each.step, each.at_first, each.later), []).append(each.first)
        self._grids = [Grid(firsts, *of) for of, firsts in alike.items()]
        self._next: dict[float, float] = {}
        """From one sweep to the one that puts back what it did: messages that one put back go on together."""

    def count(self, score: float, until: float, now: float, *, put_back: bool) -> int:
        """Redeliveries from a pop until a time; `put_back`: it was popped as a sweep had put it back."""
        grids = self._grids
        if not grids:
            return 0
        first: tuple[float, Grid, Place] | None = None
        for grid in grids:
            place = grid.reached(max(score + (grid.later if put_back else grid.at_first), now))
            if first is None or grid.when(place) < first[0]:
                first = grid.when(place), grid, place
        if first is None or first[0] >= until:
            return 0
        at, grid, place = first
        if any(each.later + TAKEN <= 0.0 for each in grids):
            # By a clock that is so far ahead it is overdue before it is popped: every sweep puts it back.
            return self._step_by_step(at, until, now)
        if len(grids) == 1:
            return grid.count(place, until)
        return self._step_by_step(at, until, now)

    def _step_by_step(self, at: float, until: float, now: float) -> int:
        count = 0
        while count < FURTHEST and at < until:
            count += 1
            following = self._next.get(at)
            if following is None:
                dues = [(grid, max(at + TAKEN + grid.later, now)) for grid in self._grids]
                following = min((grid.when(grid.reached(due)) for grid, due in dues), default=inf)
                self._next[at] = following
            at = following
        return count

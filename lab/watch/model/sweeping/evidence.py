"""The evidence of timeouts: what a sweep put back, and what it left standing, bounds its sweeper's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from lab.watch.model.sweeping.mutex import LONG_SWEEP
from lab.watch.model.sweeping.sweeper import SLACK, Sweeper
from lab.watch.model.sweeping.window import Window

CLOCKS = 1.0
"""Seconds by which the clocks of two workers may differ, each half of it from ours without being noticed: an
age is no surer than that."""

KEPT = 256
"""Restores and sweeps that wait to be held against each other; the oldest give way."""


HandedBack = Callable[[str, float], bool]
"""Whether the entry of a delivery tag was handed back just before it was popped at a time, by its worker."""


class Restore(NamedTuple):
    """An entry was popped at a time, `age` seconds after it had been popped before."""

    at: float
    age: float
    tag: str


class Evidence:
    """Holds restores against sweeps. Both come to light within seconds of each other, in any order."""

    def __init__(self) -> None:
        self._restores: deque[Restore] = deque(maxlen=KEPT)
        self._sweeps: deque[tuple[float, Window, tuple[str, int | None]]] = deque(maxlen=KEPT)
        """When a sweep is over, its time, and the key of the sweeper that made it."""
        self._noted: dict[tuple[str, int | None], Window] = {}
        """The last sweep of each sweeper, as it was judged last."""

    def restored(self, restore: Restore) -> None:
        """An entry was popped again."""
        self._restores.append(restore)

    def swept(self, at: Window, key: tuple[str, int | None]) -> None:
        """A sweep came to light, or is dated better than before; it is judged once it is over."""
        if self._noted.get(key) != at:
            self._noted[key] = at
            if len(self._noted) > KEPT:
                del self._noted[next(iter(self._noted))]
            self._sweeps.append((at.latest + LONG_SWEEP, at, key))

    def judge(
        self, now: float, oldest: float | None, sweepers: list[Sweeper], handed_back: HandedBack
    ) -> None:
        """Judge the sweeps that are over. `oldest` is the lowest score that stands in the index now."""
        while self._sweeps and self._sweeps[0][0] <= now:
            _, at, key = self._sweeps.popleft()
            same = [each for each in sweepers if each.key == key]
            if len(same) != 1:
                continue
            sweeper = same[0]
            if at.error > SLACK or any(_near(at, other) for other in sweepers if other is not sweeper):
                # Two swept at about the same time: whose doing it was is open.
                continue
            during = [each for each in self._restores if at.widened(SLACK).includes(each.at)]
            ages = [each.age for each in during if not handed_back(each.tag, each.at)]
            if ages:
                sweeper.restored = min(sweeper.restored, max(min(ages), 0.0) + CLOCKS)
                if sweeper.outlived >= sweeper.restored:
                    sweeper.outlived = 0.0
                if sweeper.seen > 1 and sweeper.ground != "assumed":
                    # The sweep before left the same entry standing.
                    before = min(ages) - sweeper.period - sweeper.spread - CLOCKS
                    sweeper.outlived = max(sweeper.outlived, before)
            if oldest is not None and (age := at.earliest - oldest - CLOCKS) > sweeper.outlived:
                sweeper.outlived = age
                if sweeper.outlived >= sweeper.restored:
                    sweeper.restored = inf


def _near(at: Window, other: Sweeper) -> bool:
    return any(window.widened(SLACK).overlap(at) is not None for _, window in other.near(at.middle))

"""What if: how many times a task would run with other settings, from the rules of the forecast alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from lab.watch.findings.timeout_advice import smallest_timeout
from lab.watch.model.grids import FURTHEST, TAKEN
from lab.watch.model.sweeping.sweeper import Sweeper
from lab.watch.model.sweeping.window import Window

SAMPLES = 200
"""Sets of phases that are tried, where several workers' phases are unknown, besides the extreme ones."""

GOLDEN = 0.618033988749895
"""Multiples of it, less their whole part, are spread evenly, and are the same at every call."""


@dataclass(frozen=True, slots=True)
class Armed:
    """One copy: seconds after sending at which a worker takes it, at the earliest and at the latest.

    `certain` is False for a copy that there is with some phases of the sweeps only.
    """

    earliest: float
    latest: float
    certain: bool = True


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would become of one task with an ETA. Times are seconds after it was sent."""

    eta: float
    visibility_timeout: float
    workers: int
    sweep: float
    least: int
    most: int
    endless: bool
    """Whether counting was given up."""
    copies: tuple[Armed, ...]
    smallest_timeout: int
    """The smallest visibility timeout, in whole seconds, with which it runs once whatever the phases."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def whatif(eta: float, visibility_timeout: float, workers: int, sweep: float = 100.0) -> WhatIf:
    """How often a task due in `eta` seconds runs, and when each copy is armed.

    `sweep` is the period of one worker, `unacked_restore_interval` × `unacked_restore_throttle`. Workers
    start whenever they start, so their phases are not known: the ranges are over all of them.
    """
    phases = _phases(visibility_timeout, workers, sweep)
    runs = [_armed(eta, visibility_timeout, sweep, each) for each in phases]
    # Every worker happens to sweep just when that brings the next copy soonest.
    runs.append(_armed(eta, visibility_timeout, sweep, [], free=workers))
    least, most = min(map(len, runs)), max(map(len, runs))
    copies = []
    for n, times in enumerate(zip_longest(*runs)):
        known = [at for at in times if at is not None]
        copies.append(Armed(round(min(known), 2), round(max(known), 2), n < least))
    return WhatIf(
        eta=eta,
        visibility_timeout=visibility_timeout,
        workers=workers,
        sweep=sweep,
        least=least,
        most=most,
        endless=most > FURTHEST,
        copies=tuple(copies),
        smallest_timeout=smallest_timeout(eta),
    )


def _armed(eta: float, timeout: float, sweep: float, phases: Sequence[float], free: int = 0) -> list[float]:
    """When each copy is armed, the first at 0, if workers swept at these `phases`, in seconds after sending.

    The earliest sweep at or after a pop and the visibility timeout restores it
    (`kombu.transport.redis:QoS.restore_visible`), and it is popped at once. `free` workers have no phase
    yet: each gets one when it is first of use.
    """
    step = _step(sweep)
    phases = list(phases)
    armed = [0.0]
    while len(armed) <= FURTHEST:
        due = armed[-1] + timeout
        if free and not any(_next(phase, step, due) == due for phase in phases):
            phases, free = [*phases, due], free - 1
        coming = min((_next(phase, step, due) for phase in phases), default=eta)
        if coming >= eta:
            break
        armed.append(coming + TAKEN)
    return armed


def _next(phase: float, step: float, due: float) -> float:
    """The first sweep at or after `due` of a worker that sweeps at `phase` and every `step` seconds."""
    return phase + max(0, math.ceil((due - phase) / step)) * step


def _step(sweep: float) -> float:
    """Seconds between two sweeps as they really come: every call of the timer is a little late."""
    throttle = 10 if sweep >= 10 else 1
    return Sweeper("", Window(0, 0), sweep / throttle, throttle, seen=1).cadence(early=True)[1]


def _phases(timeout: float, workers: int, sweep: float) -> Iterator[Sequence[float]]:
    """Sets of phases to try: all workers at once and as late as can be, then evenly spread ones."""
    step = _step(sweep)
    yield [timeout - 1e-6 - step * math.ceil(timeout / step)] * workers
    for sample in range(SAMPLES if workers else 0):
        yield [-step * ((sample * workers + n + 1) * GOLDEN % 1.0) for n in range(workers)]

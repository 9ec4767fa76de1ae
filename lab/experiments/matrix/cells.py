"""The cells: which runs the matrix consists of, and running those that have no result yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.cures.index import CURES
from lab.experiments.matrix.results import Results
from lab.experiments.runs.headless import run_headless

OVERHEAD = 4.0
"""Seconds beyond a scenario's own that a run takes: its rig's start and end."""

PAUSE = 0.2
"""Seconds between two runs: the workers of the one need to be reaped, or they slow the start of the next."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run that is wanted: a scenario, and a cure or none. `claimed` is False for a doubted one."""

    scenario: str
    cure: str | None
    claimed: bool = True

    @property
    def seconds(self) -> float:
        """About how long it will take."""
        return SCENARIOS[self.scenario].seconds + OVERHEAD


def cells(only: Iterable[str] = ()) -> list[Cell]:
    """Every cell, or those of the scenarios named, in the order of the table."""
    wanted = set(only) or set(SCENARIOS)
    found = []
    for scenario in SCENARIOS:
        if scenario not in wanted:
            continue
        found.append(Cell(scenario, None))
        found += [Cell(scenario, cure.id) for cure in CURES.values() if scenario in cure.claims]
        found += [Cell(scenario, cure.id, False) for cure in CURES.values() if scenario in cure.doubted]
    return found


def missing(wanted: Iterable[Cell], results: Results) -> list[Cell]:
    """The cells that have no result yet."""
    return [cell for cell in wanted if results.of(cell.scenario, cell.cure) is None]


def seconds_left(wanted: Iterable[Cell], results: Results) -> float:
    """Seconds that what has not been run will take, about."""
    return sum(cell.seconds for cell in missing(wanted, results))


def run_missing(
    wanted: Sequence[Cell],
    results: Results,
    stopped: threading.Event,
    tell: Callable[[Cell, float], None],
    done: Callable[[Cell], None],
) -> bool:
    """Run what has no result yet, telling each cell and the seconds left before it; False if stopped."""
    for cell in wanted:
        if results.of(cell.scenario, cell.cure) is None:
            if stopped.is_set():
                return False
            tell(cell, seconds_left(wanted, results))
            cure = CURES[cell.cure] if cell.cure else None
            verdict = run_headless(SCENARIOS[cell.scenario], cure, stopped)
            if verdict.word == "stopped":
                return False
            results.add(verdict.as_dict(), claimed=cell.claimed)
            time.sleep(PAUSE)
        done(cell)
    return True

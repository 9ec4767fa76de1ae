"""All checkers, in the order in which they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lab.experiments.simulation.checkers import (
    balance,
    bounds,
    conservation,
    duplicates,
    entries,
    forecasts,
    losses,
    outcomes,
)
from lab.experiments.simulation.judgement import Judgement
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched

Checker: TypeAlias = Callable[[Truth, Watched], Judgement]

CHECKERS: tuple[Checker, ...] = (
    bounds.check,
    duplicates.check,
    losses.check,
    entries.check,
    forecasts.check,
    conservation.check,
    outcomes.check,
    balance.check,
)


def check_all(truth: Truth, watched: Watched) -> list[Judgement]:
    """What each of them says; a model that raised is not asked further."""
    first = bounds.check(truth, watched)
    if watched.fault:
        return [first]
    return [first, *(check(truth, watched) for check in CHECKERS[1:])]

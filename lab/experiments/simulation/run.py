"""Histories run and judged: from a seed to the mistakes of the model, and to the shortest plan of one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from lab.experiments.simulation.checkers.conservation import conservation
from lab.experiments.simulation.checkers.duplicates import duplicates
from lab.experiments.simulation.checkers.entries import entries
from lab.experiments.simulation.checkers.executions import executions
from lab.experiments.simulation.checkers.losses import losses
from lab.experiments.simulation.checkers.outcomes import outcomes
from lab.experiments.simulation.plan import Plan, draw
from lab.experiments.simulation.world import Told, World
from lab.watch.model.model import Model

CHECKERS = (duplicates, executions, losses, outcomes, entries, conservation)

TRIES = 300
"""Plans that are tried to find a shorter one."""

SETTLED_EVERY = 25
"""Facts between two settlings, so that accounts are drawn up on the way as on the screen."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a checker found in a history."""

    checker: str
    says: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A history, and what is wrong with what the model says of it."""

    told: Told
    mistakes: Sequence[Mistake]


def judge(plan: Plan) -> Judged:
    """Carry a plan out, tell the model, and hold it against the truth."""
    told = World(plan).run()
    model = Model()
    for n, fact in enumerate(told.facts):
        model.apply(fact)
        if n % SETTLED_EVERY == 0:
            model.settle()
    model.settle()
    found = [Mistake(checker.__name__, says) for checker in CHECKERS for says in checker(told.truth, model)]
    return Judged(told, found)


def judge_seed(seed: int, only: Collection[str] | None = None) -> Judged:
    """The history of a seed, judged."""
    return judge(draw(seed, only))


def shortest(plan: Plan, checker: str) -> Plan:
    """A shorter plan in which the same checker still finds a mistake. Greedy, and bounded."""
    tries = TRIES
    shrinking = True
    while shrinking and tries > 0:
        shrinking = False
        for candidate in _shorter(plan):
            tries -= 1
            if tries <= 0:
                break
            if any(mistake.checker == checker for mistake in judge(candidate).mistakes):
                plan, shrinking = candidate, True
                break
    return plan


def _shorter(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less."""
    for n in range(len(plan.messages)):
        if len(plan.messages) > 1:
            yield replace(plan, messages=[*plan.messages[:n], *plan.messages[n + 1 :]])
    for n in range(len(plan.faults)):
        yield replace(plan, faults=[*plan.faults[:n], *plan.faults[n + 1 :]])
    for n in range(len(plan.workers)):
        if len(plan.workers) > 1:
            yield replace(plan, workers=[*plan.workers[:n], *plan.workers[n + 1 :]])
    for how in plan.telling:
        yield replace(plan, telling=[each for each in plan.telling if each != how])
    if plan.loses_pops:
        yield replace(plan, loses_pops=0.0)

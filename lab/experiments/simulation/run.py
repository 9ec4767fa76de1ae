"""One run of a simulated history: from a plan to the facts, the truth, and the judgements of the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lab.experiments.simulation.checkers.index import check_all
from lab.experiments.simulation.drawing import draw
from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.happenings import happen
from lab.experiments.simulation.judgement import Judgement, Validity, worst
from lab.experiments.simulation.plan import Plan
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import watch
from lab.experiments.simulation.world import BEGIN, World
from lab.watch.facts import AnyFact


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """One history that came about, and what the model made of it."""

    plan: Plan
    truth: Truth
    facts: Sequence[AnyFact]
    judgements: Sequence[Judgement]

    @property
    def validity(self) -> Validity:
        """The worst of what was found."""
        return worst(self.judgements)

    def wrong(self) -> list[Judgement]:
        """The judgements that are invalid."""
        return [each for each in self.judgements if each.validity == "invalid"]


def come_about(plan: Plan) -> tuple[Truth, list[AnyFact]]:
    """Let a history come about: the truth, and the facts in the order in which they are applied."""
    world = World(plan)
    for happening in plan.happenings:
        world.at(BEGIN + happening.at, happen, world, happening)
    world.run()
    return world.truth, world.teller.told()


def carry_out(plan: Plan) -> SimulatedRun:
    """Let it come about, watch it, and check what was made of it."""
    truth, told = come_about(plan)
    return SimulatedRun(plan, truth, told, check_all(truth, watch(told)))


def run_seed(seed: int, among: Collection[Fault] | None = None) -> SimulatedRun:
    """The history of a seed."""
    return carry_out(draw(seed, among))

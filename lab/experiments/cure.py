"""A cure: what it guarantees, what it costs, and how it changes a scenario's setup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


@dataclass(frozen=True, slots=True)
class Cure:
    """One cure, as a pure change of what a scenario runs on. Its steps and signs stay as they are."""

    id: str
    name: str
    guarantees: str
    costs: str
    claims: tuple[str, ...]
    """Ids of the scenarios that it claims to cure."""
    doubted: tuple[str, ...]
    """Ids of scenarios for which it is often suggested, or could be, and does not help; run for honesty."""
    change: Callable[[Scenario], Setup]

    def applied(self, scenario: Scenario) -> Scenario:
        """The scenario with this cure in place."""
        return replace(scenario, setup=self.change(scenario))

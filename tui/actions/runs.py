"""The runs: the scenario that the panes show, and those that were left and are still ending."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lab.session import News

if TYPE_CHECKING:
    from lab.experiments.cure import Cure
    from lab.experiments.runs.run import ScenarioRun
    from lab.experiments.scenario import Scenario


def start_run(scenario: Scenario, cure: Cure | None) -> ScenarioRun:
    """Start a run on a rig of its own; returns at once."""
    # Not needed before the first scenario, and the first frame should not wait for it.
    from lab.experiments.runs.run import ScenarioRun

    return ScenarioRun(scenario, cure)


class ScenarioRuns:
    """At most one run is shown; one that is left ends in the background, and is looked at until it has."""

    def __init__(self, start: Callable[[Scenario, Cure | None], ScenarioRun] = start_run) -> None:
        self.shown: ScenarioRun | None = None
        self._start = start
        self._ending: list[ScenarioRun] = []

    def start(self, scenario: Scenario, cure: Cure | None) -> ScenarioRun:
        """Start a run, and show it in the place of the one before."""
        self.leave()
        self.shown = self._start(scenario, cure)
        return self.shown

    def leave(self) -> None:
        """Stop the one that is shown, if any, and show none."""
        if self.shown:
            self.shown.stop()
            self._ending.append(self.shown)
            self.shown = None

    def look(self) -> News:
        """Look at every run; what it brought of the one that is shown."""
        for run in self._ending:
            run.look()
        self._ending = [run for run in self._ending if not run.closed]
        return self.shown.look() if self.shown else News()

    def close(self) -> None:
        """End every run, and wait until nothing of them is left. Blocks for some seconds at most."""
        self.leave()
        for run in self._ending:
            run.close()
        self._ending.clear()

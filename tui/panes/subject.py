"""What is shown: what the screen was started on, or the scenario that runs in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lab.rig.reports import Report
from tui.actions.keymap import Need, Phase, Situation
from tui.actions.runs import ScenarioRuns
from tui.panes.selection import View
from tui.state.deployment import Deployment, deployment_of
from tui.state.protocols import Live

if TYPE_CHECKING:
    from lab.experiments.cure import Cure
    from lab.experiments.scenario import Scenario


class Shown:
    """One session and one scenario at a time in its place. The session goes on while that runs.

    `eta` is the wait of what `e` sends, in seconds; `clock` gives the time that the session is watched in.
    """

    def __init__(self, session: Live, eta: int, runs: ScenarioRuns, clock: Callable[[], float]) -> None:
        self.session, self.runs = session, runs
        self.way_in = session.way
        self._eta, self._clock = eta, clock
        self.watched = View(session.model)
        """The lists over the session, whether they are shown or not."""
        self.view = self.watched
        self.now = clock()
        """The time in what is shown, Unix seconds."""
        self.deployment = self._deployment()

    def look(self) -> Sequence[Report]:
        """Take in what happened since the last look; what the session's keeper reported."""
        self.now = self._clock()
        news = self.session.look()
        self.watched.take(news.accounts)
        run_news = self.runs.look()
        if run := self.runs.shown:
            self.view.take(run_news.accounts)
            # After its end nothing comes any more: the time stands still.
            self.now = run.began + run.verdict.seconds if run.verdict else run.clock()
        self.deployment = self._deployment()
        return news.reports

    @property
    def phase(self) -> Phase:
        """Whether a scenario is shown, and how far it is."""
        if self.runs.shown is None:
            return "watched"
        return "verdict" if self.runs.shown.done else "scenario"

    def situation(self, has: frozenset[Need], *, alone: bool = False) -> Situation:
        """What decides which keys there are; `has` is what the session has of what a key may need, `alone`
        whether the timeline stands in the place of the lists."""
        return Situation(self.way_in, self.phase, has, alone)

    def start(self, scenario: Scenario, cure: Cure | None) -> str:
        """Run a scenario, and show it. What is to be said."""
        self.view = View(self.runs.start(scenario, cure).model)
        return f"{scenario.id} runs on a rig of its own, about {scenario.seconds} s"

    def leave(self) -> str:
        """Stop the scenario, and show the session again. What is to be said; empty if none was shown."""
        run = self.runs.shown
        self.runs.leave()
        self.view = self.watched
        if run is None:
            return ""
        what = "is over" if run.verdict and run.verdict.word != "stopped" else "was stopped"
        return f"{run.scenario.id} {what}; what was watched is back, and went on meanwhile"

    def _deployment(self) -> Deployment:
        run, full = self.runs.shown, self.view.fullness.full(self.now)
        if run is None:
            attached = self.way_in == "attached"
            return deployment_of(
                self.session, self._eta, self.now, live=self.session.live, attached=attached, full=full
            )
        return deployment_of(run, self._eta, self.now, scenario=run.scenario.id, over=run.done, full=full)

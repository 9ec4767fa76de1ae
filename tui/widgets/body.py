"""The body: the lists, the story of a scenario, and the timeline; who of them has which room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container

from tui.panes.selection import View
from tui.state.deployment import Deployment
from tui.widgets.lists import Lists
from tui.widgets.run_view import RunView
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from lab.experiments.runs.run import ScenarioRun

WIDE, HIGH = 120, 36
"""Cells and lines of a screen from which the timeline stands below the lists."""

FRAME = 2
"""Lines of a frame."""

SHORT = 5
"""Lines of a list at least: its frame, its headings, two rows."""

LOW = 9
"""Lines that the timeline has at most where the lists need all the others, its frame among them."""


class Body(Container):
    """Below the lists, the timeline takes what short ones leave free; it takes their place on demand."""

    def __init__(self, view: View, *, id: str) -> None:
        super().__init__(id=id)
        self.lists, self.run_view = Lists(view, id="lists"), RunView(id="run")
        self.timeline = Timeline(id="timeline")
        self.alone = False
        """Whether the timeline stands in the place of the lists."""

    def compose(self) -> ComposeResult:
        yield from (self.lists, self.run_view, self.timeline)

    def stand_alone(self, alone: bool) -> None:
        """Put the timeline in the place of the lists, or the lists back."""
        self.alone = alone
        self.run_view.set_class(alone, "-behind")
        self.lists.display = not alone
        if not alone:
            self.lists.focus_first()

    def look(self, view: View, deployment: Deployment, run: ScenarioRun | None, now: float) -> None:
        """Take in what changed."""
        attempt = view.attempt
        wide = self.app.size.width >= WIDE and self.app.size.height >= HIGH
        below = wide and attempt is not None and not self.alone
        self.timeline.display = self.alone or below
        if self.timeline.display:
            self.timeline.look(attempt, view.model.forecast, now)
        if not self.alone:
            picture = self.timeline.picture if below else None
            heights = shares(self.lists.lengths, picture.height, self.size.height) if picture else None
            self.lists.share(heights)
            self.lists.look(view, deployment, now)
        if run:
            self.run_view.look(run)


def shares(lengths: Sequence[int], picture: int, height: int) -> list[int]:
    """The heights of lists of so many rows, above a picture of so many lines, in `height` lines: as many as
    they need, if the picture then has as many as it needs; else those that need least are served first."""
    wanted = [max(length + FRAME + 1, SHORT) for length in lengths]
    room = height - min(max(height - sum(wanted), LOW), picture + FRAME)
    heights = [0] * len(wanted)
    for served, n in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        heights[n] = min(wanted[n], room // (len(wanted) - served))
        room -= heights[n]
    return heights

"""The run view: steps, log and verdict of the scenario that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.cells.table import ROLES
from tui.widgets.lines import Lines
from tui.widgets.segments import segment
from tui.words.run_log import HEADED, PieceLine, head, log_line

if TYPE_CHECKING:
    from lab.experiments.runs.run import ScenarioRun

BRIEF = 12
"""Lines of the whole from which there is room for every step."""


class RunLogView(ScrollView, can_focus=True):
    """The log, line by line; it follows its end until it is scrolled up."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{role}" for role in ROLES}

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._run: ScenarioRun | None = None
        self._lines: list[PieceLine] = []
        self._shown = 0
        self._width = 0

    def look(self, run: ScenarioRun) -> None:
        """Take in what was told since the last look; lines are wrapped anew when the width changes."""
        width = self.scrollable_content_region.width
        if run is not self._run or width != self._width:
            self._run, self._width, self._shown = run, width, 0
            self._lines = []
        if width < 1 or self._shown == len(run.log):
            return
        at_end = self.scroll_offset.y >= self.max_scroll_y or not self._shown
        for line in run.log[self._shown :]:
            if line.kind not in HEADED:
                self._lines += log_line(line, run.began, width)
        self._shown = len(run.log)
        self.virtual_size = Size(0, len(self._lines))
        if at_end:
            self.scroll_end(animate=False, immediate=True)
        self.refresh()

    def on_resize(self) -> None:
        if self._run and self.scroll_offset.y >= self.max_scroll_y - 1:
            self.scroll_end(animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        pieces = self._lines[at] if at < len(self._lines) else []
        base = self.rich_style
        segments = [
            segment(piece, base + self.get_component_rich_style(f"rows--{role}", partial=True))
            for piece, role in pieces
        ]
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, base)


class RunView(Vertical):
    """The steps above, with the current one marked, and the log below them."""

    def compose(self) -> ComposeResult:
        self._head, self._log_view = Lines(id="steps"), RunLogView(id="log")
        yield self._head
        yield self._log_view

    def look(self, run: ScenarioRun) -> None:
        """Show how far a run is."""
        width = self._head.size.width
        if width < 1:
            # Not laid out yet.
            return
        lines = head(run, width, brief=self.size.height < BRIEF)
        if self._head.styles.height is None or self._head.styles.height.value != len(lines):
            self._head.styles.height = len(lines)
        self._head.put(lines)
        self._log_view.look(run)

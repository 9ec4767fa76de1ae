"""The story line: what is told of the chosen message, or what there is to say without one."""

from __future__ import annotations

from typing import ClassVar

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.forecast import Forecast
from tui.cells import names, text
from tui.cells.table import Piece
from tui.state.deployment import Deployment
from tui.widgets.lines import Lines
from tui.words.idle import idle_story
from tui.words.story import tell
from tui.words.told import Story

WITH_ID = 100
"""Cells of width from which the message's id stands beside its name."""


class StoryLine(Lines):
    """A story in at most two lines."""

    GLYPHS: ClassVar[dict[str, Piece]] = {
        "calm": ("· ", "dim"),
        "wait": ("◷ ", "held"),
        "bad": ("✖ ", "bad"),
        "good": ("◆ ", "good"),
        "failed": ("! ", "bad"),
        "lost": ("† ", "bad"),
        "gone": ("– ", "warn"),
        "unsure": ("? ", "warn"),
    }

    def look(self, attempt: Attempt | None, forecast: Forecast, deployment: Deployment, now: float) -> None:
        """Show what there is to tell now."""
        # Without a broker what is known of a message may be old, and that matters more than its story.
        if attempt is None or not (deployment.connected or deployment.over):
            self._tell(idle_story(deployment))
            return
        name = names.attempt(attempt, self.size.width)
        if self.size.width >= WITH_ID:
            name += f" {names.short(attempt.id)}"
        self._tell(tell(attempt, forecast, now), name)

    def _tell(self, story: Story, name: str = "") -> None:
        """Show a story; `name` says of which message it is."""
        words = story.words
        if name:
            # In front of the words, so that they are wrapped as one text.
            words = f"{name.replace(' ', text.GLUE)} — {words}"
        wrapped = text.wrap(words, self.size.width - 4, 2)
        head, rest = "", wrapped[0]
        if name:
            head, dash, rest = wrapped[0].partition(" — ")
            rest = dash + rest
        lines: list[list[Piece]] = [
            [(" ", "text"), self.GLYPHS[story.mood], (head, "head"), (rest, "text")],
        ]
        lines += [[("   " + line, "text")] for line in wrapped[1:]]
        self.put(lines)

"""Single lines of the screen: the header, the story, what was just done, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.actions.footer import FooterKey
from tui.cells import text
from tui.cells.table import ROLES, Piece
from tui.words.story import Story


class Lines(Widget):
    """Lines of pieces, drawn as segments; drawn again only when they change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{role}" for role in ROLES}

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: list[list[Piece]] = []

    def put(self, lines: Sequence[Sequence[Piece]]) -> None:
        """Show these lines; each fits the width."""
        fresh = [list(line) for line in lines]
        if fresh != self._lines:
            self._lines = fresh
            self.refresh()

    def render_line(self, y: int) -> Strip:
        pieces = self._lines[y] if y < len(self._lines) else []
        segments = [Segment(piece, self._style(role)) for piece, role in pieces]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, role: str) -> Style:
        """A role of `tui.widgets.rows`; with `@` and an action behind it, a click does that."""
        name, _, action = role.partition("@")
        style = self.rich_style + self.get_component_rich_style(f"rows--{name}", partial=True)
        return style + Style.from_meta({"@click": action}) if action else style


class StoryLine(Lines):
    """The story of the chosen message, in at most two lines."""

    GLYPHS: ClassVar[dict[str, Piece]] = {
        "calm": ("· ", "dim"),
        "wait": ("◷ ", "held"),
        "bad": ("✖ ", "bad"),
        "good": ("◆ ", "good"),
    }

    def tell(self, story: Story, name: str = "") -> None:
        """Show a story; `name` says of which message it is."""
        width = self.size.width - 4
        lines = text.wrap(story.words, width, 2)
        if name:
            # In front of the words, so that they are wrapped as one text.
            lines = text.wrap(f"{name.replace(' ', text.GLUE)} — {story.words}", width, 2)
        head, dash, rest = lines[0].partition(" — ") if name else ("", "", lines[0])
        first = [self.GLYPHS[story.mood], (head, "head"), (dash + rest, "text")]
        self.put([[(" ", "text"), *first], *([("   " + line, "text")] for line in lines[1:])])


class StatusLine(Lines):
    """What was just done, and when; it fades after a while."""

    STAYS: ClassVar[float] = 12.0

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._since = 0.0
        self._said: tuple[str, str] | None = None

    def say(self, words: str, now: float, *, bad: bool = False) -> None:
        """Show one line until something else is said, or until it is old."""
        self._since = now
        self._said = words, "bad" if bad else "text"
        self.look(now)

    def look(self, now: float) -> None:
        """Let go of what is old."""
        if self._said and now - self._since > self.STAYS:
            self._said = None
        if self._said is None:
            self.put([])
            return
        words, role = self._said
        shown = ("✖ " if role == "bad" else "") + text.clean(words)
        self.put([[(f" {text.clock(self._since)}  ", "dim"), (text.cut(shown, self.size.width - 12), role)]])


class KeyLine(Lines):
    """The keys that do something now, and what."""

    def offer(self, offers: Sequence[FooterKey]) -> None:
        """Show the keys; without room for all the longest words give way, then those before the last two."""
        shown = list(offers)
        gap = 2
        while (need := sum(len(key) + len(words) + 3 + gap for key, words, _ in shown)) > self.size.width:
            if gap == 2:
                gap = 0
            elif " " in (longest := max((words for _, words, _ in shown), key=lambda w: (" " in w, len(w)))):
                cut = longest.partition(" ")[0]
                shown = [(key, cut if words == longest else words, action) for key, words, action in shown]
            elif len(shown) > 2:
                del shown[-3]
            else:
                break
        line: list[Piece] = []
        for key, words, action in shown:
            line += [(f" {key} ", f"key@{action}"), (f"{words}{' ' * gap} ", f"dim@{action}")]
        self.put([line] if need else [])

"""Lines: a widget of whole lines, each made of pieces. The header is one, and other widgets build on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.cells.table import ROLES, Piece
from tui.widgets.segments import segment


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
        segments = [segment(piece, self._style(role)) for piece, role in pieces]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, role: str) -> Style:
        """A role of `tui.cells.table.ROLES`; with `@` and an action behind it, a click does that."""
        name, _, action = role.partition("@")
        style = self.rich_style + self.get_component_rich_style(f"rows--{name}", partial=True)
        return style + Style.from_meta({"@click": action}) if action else style

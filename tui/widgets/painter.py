"""The painter: draws lines of a table as segments, in the styles that the stylesheet gives to each role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from tui.cells import text
from tui.cells.table import Column, Piece, Row, gap
from tui.widgets.segments import segment

MARK = 2
"""Cells at the left of every row, for the mark of the chosen one."""

KEPT = 512
"""Drawn lines that are kept, to be used again where the content is the same."""


@dataclass(frozen=True, slots=True)
class HeadLine:
    """The headings of the columns."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row; `state` is chosen, focused or empty."""

    state: str
    columns: tuple[Column, ...]
    row: Row


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A line without columns: of a hint, or of nothing."""

    words: str = ""


TableLine = HeadLine | RowLine | PlainLine
"""All that the looks of one line depend on, but for its width and the styles."""


class Painter:
    """Draws for one widget; keeps what it drew until the styles change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._strips: LRUCache[tuple[TableLine, int], Strip] = LRUCache(KEPT)
        self._styles: dict[tuple[str, str], Style] = {}

    def forget(self) -> None:
        """The styles changed: draw everything anew."""
        self._strips.clear()
        self._styles.clear()

    def strip(self, line: TableLine, width: int) -> Strip:
        """A line as it is drawn, in `width` cells."""
        strip = self._strips.get((line, width))
        if strip is None:
            strip = self._strips[line, width] = self._strip(line, width)
        return strip

    def style(self, role: str, state: str = "") -> Style:
        """The style of a role (`tui.cells.table.ROLES`), in a row of that state."""
        style = self._styles.get((role, state))
        if style is None:
            widget = self._widget
            style = widget.rich_style + widget.get_component_rich_style(f"rows--{role}", partial=True)
            if state:
                style += widget.get_component_rich_style(f"rows--{state}", partial=True)
            self._styles[role, state] = style
        return style

    def _strip(self, line: TableLine, width: int) -> Strip:
        match line:
            case HeadLine(columns):
                cells = [((text.clean(column.heading), "column"),) for column in columns]
                return self._line(columns, cells, width, "")
            case RowLine(state, columns, row):
                return self._line(columns, row, width, state)
            case PlainLine(words):
                shown = " " * MARK + text.fit(text.clean(words), width - MARK)
                return Strip([segment(shown, self.style("dim"))], width)

    def _line(
        self, columns: Sequence[Column], cells: Iterable[Sequence[Piece]], width: int, state: str
    ) -> Strip:
        segments = [segment("▸ " if state else "  ", self.style("held", state))]
        space = segment(" " * gap(width - MARK), self.style("text", state))
        for n, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            if n:
                segments.append(space)
            segments += self._cell(column, cell, state)
        return Strip(segments).adjust_cell_length(width, self.style("text", state))

    def _cell(self, column: Column, cell: Sequence[Piece], state: str) -> list[Segment]:
        """The pieces of a cell, cut to its width with a sign, and padded."""
        left, segments = column.width, []
        for n, (raw, role) in enumerate(cell):
            piece = text.clean(raw)
            more = any(later for later, _ in cell[n + 1 :])
            shown = text.cut(piece, left)
            if shown == piece and more and cell_len(shown) >= left:
                shown = text.cut(piece + " ", left) if left else ""
            segments.append(segment(shown, self.style(role, state)))
            left -= cell_len(shown)
            if shown != piece or left <= 0:
                break
        padding = segment(" " * left, self.style("text", state))
        return [padding, *segments] if column.right else [*segments, padding]

"""The one row widget: a list of any length of which only the rows in sight are built and drawn."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.cells import text
from tui.cells.table import ROLES, Column, RowSource, widths
from tui.widgets.painter import MARK, HeadLine, Painter, PlainLine, RowLine, TableLine
from tui.widgets.segments import framed


class Rows(ScrollView, can_focus=True):
    """A list in a frame. What comes from the wire is drawn as segments: markup means nothing here."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{role}" for role in ROLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(0)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
    ]

    class Moved(Message):
        """The user moved to another row."""

        def __init__(self, key: Hashable) -> None:
            self.key = key
            super().__init__()

    def __init__(self, source: RowSource, *, id: str) -> None:
        super().__init__(id=id)
        self.source = source
        self.chosen: Hashable = None
        """The key of the marked row; it may not be in the list."""
        self._sought = False
        self._top: Hashable = None
        self._drawn: list[TableLine] = []
        self._painter = Painter(self)
        self._title, self._remark = framed([]), framed([])

    def look(self, now: float) -> None:
        """Take in what changed; only lines whose content is another than before are drawn."""
        self.source.look(now)
        self._set_title()
        size = Size(0, len(self.source) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        self._stay()
        self._seek()
        lines = [self._line(y) for y in range(self._height)]
        if len(lines) != len(self._drawn):
            self.refresh()
        else:
            for y, (old, new) in enumerate(zip(self._drawn, lines, strict=True)):
                if old != new:
                    self.refresh_line(y + self.scroll_offset.y)
        self._drawn = lines

    def swap(self, source: RowSource) -> None:
        """Show another list, from its top."""
        self.source = source
        self.chosen = None
        self._sought, self._top, self._drawn = False, None, []
        self.scroll_to(y=0, animate=False, immediate=True)
        self.refresh()

    def choose(self, key: Hashable) -> None:
        """Mark the row of that key, and bring it into sight."""
        if key == self.chosen:
            return
        self.chosen = key
        self._sought = True
        self._seek()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self._painter.strip(self._line(y), self.scrollable_content_region.width)

    def notify_style_update(self) -> None:
        self._painter.forget()
        super().notify_style_update()

    def on_focus(self) -> None:
        if self.source.find(self.chosen) is None and len(self.source):
            self._choose_index(0)
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_resize(self) -> None:
        self._drawn = []
        self.refresh()

    def on_click(self, event: Click) -> None:
        index = self.scroll_offset.y + event.get_content_offset_capture(self).y - 1
        if 0 <= index < len(self.source):
            self._choose_index(index)

    def action_move(self, by: int) -> None:
        index = self.source.find(self.chosen) if self.chosen is not None else None
        self._choose_index(0 if index is None else index + by)

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self._height - 2))

    def action_edge(self, last: int) -> None:
        self._choose_index(len(self.source) - 1 if last else 0)

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _choose_index(self, index: int) -> None:
        if not len(self.source):
            return
        index = min(max(index, 0), len(self.source) - 1)
        self.chosen = self.source.key(index)
        self._show(index)
        self.refresh()
        self.post_message(self.Moved(self.chosen))

    def _seek(self) -> None:
        """Bring the row that was chosen into sight, once; it may come into the list only later."""
        if self._sought and (index := self.source.find(self.chosen)) is not None:
            self._sought = False
            self._show(index)

    def _show(self, index: int) -> None:
        """Scroll as little as brings the row at an index into sight."""
        room = max(1, self._height - 1)
        top = min(max(self.scroll_offset.y, index - room + 1), index)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        self._top = self.source.key(top) if top and top < len(self.source) else None

    def _stay(self) -> None:
        """Keep the row at the top there when others come or go above it; at the very top, stay."""
        top = self.scroll_offset.y
        if not top:
            self._top = None
            return
        if self._top is not None and (index := self.source.find(self._top)) is not None and index != top:
            self.scroll_to(y=index, animate=False, immediate=True)
            top = self.scroll_offset.y
        self._top = self.source.key(top) if top < len(self.source) else None

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        top = round(new_value)
        self._top = self.source.key(top) if 0 < top < len(self.source) else None

    def _line(self, y: int) -> TableLine:
        """What stands in a line of the widget."""
        width = self.scrollable_content_region.width - MARK
        if y == 0:
            return HeadLine(self._columns(width))
        index = self.scroll_offset.y + y - 1
        if not len(self.source):
            lines = text.wrap(self.source.hint, width - 2, max(1, self._height - 1))
            return PlainLine(lines[y - 1]) if y - 1 < len(lines) else PlainLine()
        if index >= len(self.source):
            return PlainLine()
        columns = self._columns(width)
        key = self.source.key(index)
        state = ""
        if key is not None and key == self.chosen:
            state = "focused" if self.has_focus else "chosen"
        return RowLine(state, columns, self.source.row(index, columns))

    def _columns(self, width: int) -> tuple[Column, ...]:
        return tuple(widths(self.source.columns(width), width))

    def _set_title(self) -> None:
        width = max(self.size.width - 4, 0)
        heading = self.source.heading()
        title = framed((piece, Style(color=self._painter.style(role).color)) for piece, role in heading)
        title.truncate(width, overflow="ellipsis")
        if title != self._title:
            self._title = title
            self.border_title = title
        remark = framed([(text.cut(text.clean(self.source.remark()), width), Style())])
        if remark != self._remark:
            self._remark = remark
            self.border_subtitle = remark

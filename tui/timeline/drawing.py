"""The drawing: lanes to lines of pieces, in a width, in Unicode or in ASCII. It knows no message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tui.cells import text
from tui.cells.table import Piece, joined
from tui.timeline.axis import Axis
from tui.timeline.glyphs import EARLIER, ETA, LATER, MARKS, NOW, SPANS, WORDS, Glyph, SpanKind
from tui.timeline.lanes import Lane, Mark, Span

ORDER: tuple[SpanKind, ...] = (
    "foretold",
    "range",
    "queued",
    "hidden",
    "held",
    "unknown",
    "overdue",
    "runs",
    "runs unclear",
    "runs again",
)
"""Where spans meet in a cell, the later one of these is drawn."""

FAINT = frozenset({"foretold", "range"})
"""Spans of what is forecast: the line of the ETA goes through them."""

COUNT = 5
"""Cells for the count of copies in a lane, ` ×120`."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How the width is shared: names, axis, words, with a cell between them."""

    name: int
    axis: int
    words: int


def columns(width: int, lanes: Sequence[Lane]) -> Columns:
    """The names have what they need, within limits; the words a quarter; the axis all the rest."""
    longest = max((cell_len(lane.name) + (COUNT if lane.copies > 1 else 0) for lane in lanes), default=0)
    name = min(max(longest, 6), max(width // 6, 6))
    words = min(width // 4 + (1 if width < 60 else 0), 30) if width >= 36 else 0
    return Columns(name, max(width - name - words - 2, 4), words)


class Drawing:
    """Draws for one axis; `plain` asks for ASCII."""

    def __init__(self, axis: Axis, now: float | None, eta: float | None, *, plain: bool = False) -> None:
        self.axis, self.plain = axis, plain
        self._now = -1 if now is None else axis.cell(now)
        self._eta = -1 if eta is None else axis.cell(eta)

    def head(self, shared: Columns) -> list[Piece]:
        """The labels of the axis. `now` and `ETA` come first; what has no room beside them gives way."""
        cells: list[Piece] = [(" ", "dim")] * self.axis.width
        for at, glyph in ((self._now, NOW), (self._eta, ETA)):
            if 0 <= at < self.axis.width:
                self._put_label(cells, at, glyph.meaning, "head" if glyph is NOW else "text")
        for at, words in self.axis.ticks():
            self._put_label(cells, at, words, "dim")
        return joined([(" " * (shared.name + 1), "dim"), *cells])

    def _put_label(self, cells: list[Piece], at: int, words: str, role: str) -> None:
        """Write a label with its middle over its cell, with a cell left free at either side."""
        begin = min(max(0, at - len(words) // 2), len(cells) - len(words))
        around = cells[max(0, begin - 1) : begin + len(words) + 1]
        if begin < 0 or any(sign != " " for sign, _ in around):
            return
        cells[begin : begin + len(words)] = [(sign, role) for sign in words]

    def lane(self, lane: Lane, shared: Columns) -> list[Piece]:
        """One lane: its name, what happens along the axis, and words."""
        count = f" ×{lane.copies}" if lane.copies > 1 else ""
        name = text.cut(lane.name, shared.name - len(count)) + count
        role = "bad" if lane.gist == "again" else "dim" if lane.gist == "to come" else "text"
        pieces: list[Piece] = [(text.fit(self._words(name), shared.name) + " ", role)]
        pieces += self._cells(lane)
        if shared.words:
            words, role = next(
                (each for each in lane.words if cell_len(each[0]) <= shared.words),
                lane.words[-1] if lane.words else ("", "dim"),
            )
            pieces.append((" " + text.cut(self._words(words), shared.words), role))
        return joined(pieces)

    def legend(self, lanes: Iterable[Lane], width: int) -> list[Piece]:
        """The glyphs that are in sight, with what they mean, as many as have room."""
        seen = range(self.axis.width)
        marks = {mark.kind for lane in lanes for mark in lane.marks if self.axis.cell(mark.at) in seen}
        spans = {span.kind for lane in lanes for span in lane.spans}
        shown = [glyph for kind, glyph in MARKS.items() if kind in marks and glyph.meaning]
        shown += [glyph for kind, glyph in SPANS.items() if kind in spans and glyph.meaning]
        pieces: list[Piece] = []
        left = width
        for glyph in shown:
            room = len(glyph.meaning) + 4
            if room <= left:
                pieces += [(self._sign(glyph), glyph.role), (f" {glyph.meaning}  ", "dim")]
                left -= room
        return pieces

    def _cells(self, lane: Lane) -> list[Piece]:
        width = self.axis.width
        cells: list[Piece] = [(" ", "text")] * width
        owners: list[Span | Mark | None] = [None] * width
        for span in sorted(lane.spans, key=lambda each: ORDER.index(each.kind)):
            self._fill(cells, owners, span)
        self._lines(cells, owners)
        for mark in sorted(lane.marks, key=lambda each: MARKS[each.kind].rank):
            at = self.axis.cell(mark.at)
            if 0 <= at < width:
                glyph = MARKS[mark.kind]
                cells[at], owners[at] = (self._sign(glyph), glyph.role), mark
        if lane.copies == 1:
            self._inscribe(lane, cells, owners)
        if not any(owners):
            self._point(lane, cells)
        return cells

    def _fill(self, cells: list[Piece], owners: list[Span | Mark | None], span: Span) -> None:
        begin, end = self.axis.cell(span.since), self.axis.cell(span.until)
        if end < 0 or begin >= self.axis.width or span.until < span.since:
            return
        glyph = SPANS[span.kind]
        for at in range(max(begin, 0), min(end, self.axis.width - 1) + 1):
            sign = self._sign(glyph) if span.kind != "unknown" or at % 3 == 0 else " "
            cells[at], owners[at] = (sign, glyph.role), span

    def _lines(self, cells: list[Piece], owners: list[Span | Mark | None]) -> None:
        """Now goes through everything, the ETA through what is free or foretold."""
        if 0 <= self._eta < len(cells):
            owner = owners[self._eta]
            if owner is None or (isinstance(owner, Span) and owner.kind in FAINT):
                cells[self._eta] = self._sign(ETA), ETA.role
        if 0 <= self._now < len(cells):
            cells[self._now] = self._sign(NOW), NOW.role

    def _inscribe(self, lane: Lane, cells: list[Piece], owners: list[Span | Mark | None]) -> None:
        """Notes behind their marks, then labels within their spans, where they have room."""
        for mark in lane.marks:
            at = self.axis.cell(mark.at)
            if mark.note and 0 <= at < len(cells) and owners[at] is mark:
                self._write(cells, owners, at + 1, f" {self._words(mark.note)} ", "dim")
        for span in lane.spans:
            mine = [at for at, owner in enumerate(owners) if owner is span and at != self._now]
            if not mine or not span.label:
                continue
            room = mine[-1] - mine[0] + 1
            for words in (span.label, span.label.partition(" ")[0]):
                begin = mine[0] + (room - len(words) - 2) // 2
                if room >= len(words) + 4 and self._write(
                    cells, owners, begin, f" {self._words(words)} ", SPANS[span.kind].role
                ):
                    break

    def _write(
        self, cells: list[Piece], owners: list[Span | Mark | None], begin: int, words: str, role: str
    ) -> bool:
        """Write within one span, if these cells are all that span's; they are nobody's then."""
        end = begin + len(words)
        if begin < 0 or end >= len(cells) or self._now in range(begin, end):
            return False
        owner = owners[begin]
        if not isinstance(owner, Span) or any(each is not owner for each in owners[begin : end + 1]):
            return False
        for at, sign in enumerate(words, begin):
            cells[at], owners[at] = (sign, role), _WRITTEN
        return True

    def _point(self, lane: Lane, cells: list[Piece]) -> None:
        """Nothing of the lane is in sight: say on which side it is."""
        times = [mark.at for mark in lane.marks] + [span.since for span in lane.spans]
        if not times:
            return
        if max(times) < self.axis.stretch.begin:
            cells[0] = self._sign(EARLIER), EARLIER.role
        elif min(times) > self.axis.stretch.end:
            cells[-1] = self._sign(LATER), LATER.role

    def _sign(self, glyph: Glyph) -> str:
        return glyph.plain if self.plain else glyph.sign

    def _words(self, words: str) -> str:
        return words.translate(WORDS) if self.plain else words


_WRITTEN = Mark(0.0, "gone")
"""Owns cells in which words stand."""

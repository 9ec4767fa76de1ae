"""The picture: an attempt and its prospect as lines. Pure: the same values always give the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.watch.model.accounts.account import Attempt
from tui.cells.table import Piece
from tui.timeline.axis import ZOOM, Axis, Stretch
from tui.timeline.broker_lane import broker_lane
from tui.timeline.copy_lanes import copy_lanes
from tui.timeline.drawing import Drawing, columns
from tui.timeline.folding import folded
from tui.timeline.lanes import Lane, whole
from tui.timeline.prospect import Prospect

BESIDE = 0.08
"""The part of a picture that is left free at either side of the runs that fill it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of one attempt at one time; `stretch` is the part of its time that is in sight."""

    attempt: Attempt
    prospect: Prospect
    now: float
    whole: Stretch
    stretch: Stretch
    lanes: tuple[Lane, ...]

    @property
    def height(self) -> int:
        """Lines that it has where nothing is folded: the axis, the lanes, the legend."""
        return len(self.lanes) + 2

    def lines(self, width: int, height: int, *, plain: bool = False) -> list[list[Piece]]:
        """The picture in at most so many cells and lines; `plain` asks for ASCII. O(lanes × width)."""
        if width < 12 or height < 2:
            return []
        lanes = folded(self.lanes, height - 1)
        shared = columns(width, lanes)
        axis = Axis(self.stretch, shared.axis, self.attempt.born)
        now = None if self.attempt.settled else self.now
        drawing = Drawing(axis, now, self.attempt.eta, plain=plain)
        lines = [drawing.head(shared), *(drawing.lane(lane, shared) for lane in lanes)]
        if len(lines) < height:
            lines.append(drawing.legend(lanes, width))
        return lines

    @property
    def closer(self) -> Stretch:
        """The next closer look: at the runs that are in sight, else at now, else at what is in the middle. On
        its way in it stops where the runs fill the picture."""
        runs = [run.started for run in self.attempt.executions]
        runs += [run.ended for run in self.attempt.executions if run.ended is not None]
        seen = [at for at in runs if self._sees(at)]
        if not seen:
            now = not self.attempt.settled and self._sees(self.now) and self.stretch == self.whole
            around = self.now if now else self.stretch.middle
            return self.stretch.zoomed(ZOOM, around, self.whole)
        crowd = Stretch(min(seen), max(seen))
        filled = crowd.length * (1 + 2 * BESIDE)
        into = ZOOM
        if self.stretch.length / ZOOM < filled < self.stretch.length * 0.9:
            into = self.stretch.length / filled
        return self.stretch.zoomed(into, crowd.middle, self.whole)

    def _sees(self, at: float) -> bool:
        return self.stretch.begin <= at <= self.stretch.end


def picture_of(attempt: Attempt, prospect: Prospect, now: float, stretch: Stretch | None = None) -> Picture:
    """The picture of an attempt at `now`, Unix seconds; all of it unless a stretch is asked for."""
    everything = whole(attempt, prospect, now)
    seen = everything if stretch is None else stretch.within(everything)
    lanes = (
        broker_lane(attempt, prospect, now, everything.end),
        *copy_lanes(attempt, prospect, now, everything.end),
    )
    return Picture(attempt, prospect, now, everything, seen, lanes)


def words_of(lines: Sequence[Sequence[Piece]]) -> str:
    """The lines as plain text."""
    return "\n".join("".join(words for words, _ in line).rstrip() for line in lines)

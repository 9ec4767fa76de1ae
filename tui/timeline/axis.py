"""The axis: from times to cells, with labels; how it is zoomed and moved. It knows no message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log10

from tui.cells.durations import AGES, BEYOND

SHORTEST = 0.001
"""Seconds of the shortest stretch that is shown: events tell times to some microseconds."""

ZOOM = 4.0
"""By how much one step of the zoom makes a stretch shorter."""

SPACE = 3
"""Cells between two labels, at least."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""Seconds between two labels; below and above them 1, 2 and 5 times a power of ten, of seconds or days."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of time, Unix seconds."""

    begin: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.begin

    @property
    def middle(self) -> float:
        return (self.begin + self.end) / 2

    def zoomed(self, into: float, around: float, whole: Stretch) -> Stretch:
        """A stretch `into` times as short with `around` in its middle, or as near as `whole` allows."""
        length = min(max(self.length / into, SHORTEST), whole.length)
        return Stretch(around - length / 2, around + length / 2).within(whole)

    def moved(self, part: float, whole: Stretch) -> Stretch:
        """The stretch moved by a part of its own length."""
        by = self.length * part
        return Stretch(self.begin + by, self.end + by).within(whole)

    def within(self, whole: Stretch) -> Stretch:
        """The stretch moved into the whole; all of that where it is no shorter."""
        if self.length >= whole.length * 0.999:
            return whole
        by = max(0.0, whole.begin - self.begin) - max(0.0, self.end - whole.end)
        return Stretch(self.begin + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time in `width` cells; its labels count from `zero`, Unix seconds."""

    stretch: Stretch
    width: int
    zero: float

    def cell(self, at: float) -> int:
        """The cell of a time; -1 for all that was before, `width` for all that comes after."""
        part = (at - self.stretch.begin) / max(self.stretch.length, 1e-9)
        # Whatever number came from the wire has a place: NaN compares as nothing, so at the left.
        return floor(min(max(-1.0, part * self.width), self.width)) if part >= 0 else -1

    def ticks(self) -> Iterator[tuple[int, str]]:
        """Cells with their labels, as many as have room."""
        step = self._step()
        begin = self.stretch.begin - self.zero
        first = ceil(begin / step - 1e-6)
        for n in range(first, first + self.width):
            cell = self.cell(self.zero + n * step + step * 1e-6)
            if cell >= self.width:
                return
            if cell >= 0:
                yield cell, label(n * step, step)

    def _step(self) -> float:
        """Seconds between two labels: the smallest step at which they have room."""
        length = self.stretch.length
        far = max(abs(self.stretch.begin - self.zero), abs(self.stretch.end - self.zero))
        for step in _steps(length / max(self.width, 1)):
            cells = step / length * self.width
            last = floor(far / step)
            longest = max(len(label(n * step, step)) for n in (last - 1, last))
            if cells >= longest + SPACE:
                return step
        return length


def _steps(at_least: float) -> Iterator[float]:
    """Steps that one counts in, each longer than the one before."""
    power = 10.0 ** floor(log10(max(at_least, 1e-6)))
    while power < 1.0:
        yield from (power, 2 * power, 5 * power)
        power *= 10
    yield from (float(step) for step in STEPS if step >= at_least)
    days = 86_400.0
    while days < AGES * 100:
        yield from (2 * days, 5 * days, 10 * days)
        days *= 10


def label(seconds: float, step: float) -> str:
    """A time since the birth of the message, as exact as the step: `5 s`, `21.992 s`, `2:30`, `1:05:00`."""
    if not abs(seconds) < AGES * 100:
        return BEYOND
    if step < 1:
        return f"{seconds:.{max(0, ceil(-log10(step) - 1e-6))}f} s"
    whole = round(seconds)
    if abs(whole) < 120:
        return f"{whole} s"
    sign, whole = ("-" if whole < 0 else ""), abs(whole)
    if whole < 3600:
        return f"{sign}{whole // 60}:{whole % 60:02d}" if whole % 60 else f"{sign}{whole // 60} min"
    if whole < 172_800:
        hours, rest = divmod(whole, 3600)
        if not rest:
            return f"{sign}{hours} h"
        return f"{sign}{hours}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else " h")
    days, rest = divmod(whole, 86_400)
    return f"{sign}{days} d" + (f" {rest // 3600} h" if rest >= 3600 else "")

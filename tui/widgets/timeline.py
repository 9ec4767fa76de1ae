"""The timeline of the chosen message, in a frame. It draws what `tui.timeline` makes of it, and no more often
than there is something to see."""

from __future__ import annotations

import os
import sys
from typing import ClassVar, Literal

import msgspec
from rich.style import Style

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.forecast import Forecast
from tui.cells import names, text
from tui.cells.durations import duration
from tui.cells.table import Piece
from tui.timeline.axis import ZOOM, Stretch, label
from tui.timeline.glyphs import needs_ascii
from tui.timeline.picture import Picture, picture_of
from tui.timeline.prospect import prospect_of
from tui.widgets.lines import Lines
from tui.widgets.segments import framed

Turn = Literal["in", "out", "earlier", "later", "all"]
"""What a key does to the part that is in sight."""

STEP = 0.25
"""The part of what is in sight by which it is moved."""

PAUSE = 0.25
"""Seconds between two pictures."""

EMPTY = "The picture of a message stands here once one is chosen."


class Timeline(Lines):
    """One message as lanes over time, live; zoomed and moved by keys."""

    KEYS: ClassVar[str] = "[ ] zoom · ← → move · 0 all"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.picture: Picture | None = None
        self._plain = needs_ascii(os.environ.get("TERM", ""), getattr(sys.__stdout__, "encoding", "") or "")
        self._stretch: Stretch | None = None
        """What is in sight; None for all there is."""
        self._looked: Stretch | None = None
        """What was in sight at the last look."""
        self._known = b""
        """All that was known then: what is drawn is changed in its place by what is heard."""
        self._title, self._keys = framed([]), framed([])

    def look(self, attempt: Attempt | None, forecast: Forecast, now: float) -> None:
        """Draw a picture if there is another one than before."""
        if attempt is None:
            self.picture = None
            self._draw()
            return
        before = self.picture
        if before is None or _key(before.attempt) != _key(attempt):
            self._stretch = None
        elif self._looked == self._stretch:
            if 0 <= now - before.now < PAUSE:
                return
            if attempt.settled and self._known == msgspec.msgpack.encode(attempt):
                # Now moves on, but in no picture of what is over.
                return
        self._looked, self._known = self._stretch, msgspec.msgpack.encode(attempt)
        self.picture = picture_of(attempt, prospect_of(attempt, forecast, now), now, self._stretch)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """Draw the picture that there is, in the size of now."""
        width, height = self.size
        if self.picture is None:
            self._frame([("Timeline", "text")], "")
            self.put([[(text.cut(EMPTY, width), "dim")]])
            return
        self.put(self.picture.lines(width, height, plain=self._plain))
        self._frame(_title(self.picture), self.KEYS)

    def turn(self, how: Turn) -> None:
        """Show another part from the next look on."""
        picture = self.picture
        if picture is None:
            return
        seen, whole = picture.stretch, picture.whole
        match how:
            case "in":
                seen = picture.closer
            case "out":
                seen = seen.zoomed(1 / ZOOM, seen.middle, whole)
            case "earlier":
                seen = seen.moved(-STEP, whole)
            case "later":
                seen = seen.moved(STEP, whole)
            case "all":
                seen = whole
        self._stretch = None if seen == whole else seen

    def _frame(self, title: list[Piece], keys: str) -> None:
        """Words in the frame, which are set only when they change: that lays the screen out."""
        shown = framed((words, Style(color=self._style(role).color)) for words, role in title)
        shown.truncate(max(self.size.width - 2, 0), overflow="ellipsis")
        if shown != self._title:
            self._title = shown
            self.border_title = shown
        below = framed([(keys if self.size.width > len(keys) + 4 else "", Style())])
        if below != self._keys:
            self._keys = below
            self.border_subtitle = below


def _key(attempt: Attempt) -> tuple[str, int, int]:
    return attempt.id, attempt.retries, attempt.publication


def _title(picture: Picture) -> list[Piece]:
    """Which message it is, and how much of its time is in sight."""
    attempt, seen, whole = picture.attempt, picture.stretch, picture.whole
    name = f" — {names.attempt(attempt, 40)} {names.short(attempt.id)}"
    if seen == whole:
        return [("Timeline", "text"), (name, "dim"), (f" — {duration(whole.length)}", "dim")]
    exact = seen.length / 10 if seen.length < 10 else 1.0
    begin, end = (label(at - attempt.born, exact) for at in (seen.begin, seen.end))
    part = f" — {duration(seen.length)} of {duration(whole.length)}: {begin} … {end}"
    return [("Timeline", "text"), (name, "dim"), (part, "held")]

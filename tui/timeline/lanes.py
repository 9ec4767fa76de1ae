"""The lanes: one message as spans and marks, a lane for the broker, one for each copy. It knows no cells."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from lab.watch.model.accounts.account import Attempt
from tui.cells.table import Piece
from tui.timeline.axis import Stretch
from tui.timeline.glyphs import MarkKind, SpanKind
from tui.timeline.prospect import Prospect

Gist = Literal["first", "again", "waits", "runs", "stopped", "died", "to come", "ended", "unseen"]
"""What a copy comes down to; copies that share a lane are counted by it."""

BROKER = "broker"

MARGIN = 0.03
"""The part of a picture that is left free behind the last thing in it."""

BRIEF = 0.01
"""Seconds that a picture spans at least."""

FAR = 3.0
"""A redelivery that is further away than so many times the message's age does not stretch the picture."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts; `label` stands in it where there is room."""

    since: float
    until: float
    kind: SpanKind
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happens at one time; `note` stands behind it where there is room."""

    at: float
    kind: MarkKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the picture."""

    name: str
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    words: tuple[Piece, ...]
    """What stands at its end: the longest of these that has room."""
    gist: Gist = "ended"
    worker: str = ""
    """Whose copy it is, as the worker calls itself; empty where that is not known."""
    copies: int = 1
    """How many share it."""


def whole(attempt: Attempt, prospect: Prospect, now: float) -> Stretch:
    """All that there is to see of an attempt: from its birth to its end, its ETA, or what comes next."""
    times = [attempt.left or 0.0, attempt.nowhere or 0.0]
    for copy in attempt.deliveries:
        times += [copy.at, copy.until or 0.0]
    for run in attempt.executions:
        times += [run.started, run.ended or 0.0]
    born = attempt.born
    over = attempt.settled
    if attempt.eta is not None and not (over and not attempt.executions):
        times.append(attempt.eta)
    if not over:
        times.append(now)
        age = now - born
        for window in prospect.coming[:1]:
            times += [at for at in (window.earliest, window.latest) if at - now < FAR * max(age, 1.0)]
    last = max((at for at in times if isfinite(at)), default=born)
    if not over and attempt.eta is None:
        # It grows as the time passes: in steps, or else the picture would never stand still.
        last = born + _step_up(last - born)
    length = max(last - born, BRIEF)
    return Stretch(born, born + length * (1 + MARGIN))


def _step_up(seconds: float) -> float:
    """The next larger of the lengths that a growing picture has: each half as long again as the last one."""
    length = 1.0
    while length < seconds:
        length *= 1.5
    return length

"""The next redelivery of an entry, in a few words: an instant, a range, or what it would be if an assumption
holds."""

from __future__ import annotations

from math import inf

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.forecast import Basis, Redelivery
from lab.watch.model.outlook import runs_before
from lab.watch.model.sweeping.window import Window
from lab.watch.outputs.plurals import plural
from tui.cells import names
from tui.cells.durations import countdown, duration, span
from tui.cells.table import Piece

BASIS: dict[Basis, str] = {"seen": "seen", "once": "seen once", "assumed": "assumed"}
"""What a forecast rests on, in words."""

INSTANT = 0.5
"""Seconds by which a time may be wrong and still be shown as one instant."""

WORDY = 24
"""Cells from which there is room to say what it rests on."""


def next_redelivery(
    coming: Redelivery | None, attempt: Attempt | None, now: float, width: int
) -> tuple[Piece, ...]:
    """When the entry of an attempt is handed out again. `width` in cells."""
    if coming is None:
        return (("✖ nobody sweeps", "warn"),)
    if attempt and runs_before(attempt, coming.window.earliest, now):
        return (("none: it runs before", "good"),)
    if coming.supposed is not None:
        if attempt and runs_before(attempt, coming.supposed.earliest, now):
            when = "none? it runs before"
        else:
            when = f"{_when(coming.supposed, now)}?"
        grounds = "if the timeout is as assumed"
    else:
        when, grounds = _when(coming.window, now), _grounds(coming)
    if width < WORDY:
        return ((when, "text"),)
    return (when, "text"), (f" · {grounds}", "dim")


def _when(window: Window, now: float) -> str:
    if window.latest == inf:
        return or_later(window.earliest - now)
    if window.error <= INSTANT:
        left = window.middle - now
        return f"in {countdown(left)}" if left > 0 else "now"
    return f"in {span(window.earliest - now, window.latest - now)}"


def or_later(seconds: float) -> str:
    """From when something may happen that nothing bounds."""
    return f"in {duration(seconds)} or later" if seconds > 0 else "at any time"


def _grounds(coming: Redelivery) -> str:
    if coming.unseen:
        return f"{plural(coming.unseen, 'sweeper')} not seen yet"
    whose = f"sweep of {names.worker(coming.worker)}" if coming.worker else "a sweep"
    if coming.ground == "known":
        return f"{whose} ({BASIS[coming.basis]})"
    return f"{whose} (timeout {coming.ground})"

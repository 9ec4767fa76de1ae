"""The prospect: what the forecast says of one attempt, as plain values that a picture is drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.forecast import Forecast, RunCount
from lab.watch.model.outlook import runs_before
from lab.watch.model.sweeping.settings import Timeout
from lab.watch.model.sweeping.sweeper import Sweeper
from lab.watch.model.sweeping.window import Window
from tui.words.losses import in_no_queue
from tui.words.redelivery import INSTANT

MOST = 40
"""Redeliveries that are foretold one by one."""

REACTION = 0.05
"""Seconds from a sweep until what it put back is taken, by a worker that has room."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is to come of an attempt, and who swept before."""

    timeout: Timeout
    """For how long it is hidden each time, and how that is known."""
    coming: tuple[Window, ...] = ()
    """Its redeliveries to come, the next one first. Only the last of them may be no instant; its `latest` is
    infinite where nothing bounds it."""
    supposed: bool = False
    """Whether they hold only if the timeout is what it is assumed to be."""
    nobody: bool = False
    """Whether it stands in `unacked`, and nobody is known to sweep."""
    standing: float | None = None
    """From when a sweep counts the age of its entry; None if it has none in `unacked`."""
    runs: RunCount | None = None
    """How many times it will have run in the end; None where nothing can be said."""
    missing: bool = False
    """Whether it should wait in its queue, and every queue that is read is empty."""
    swept_by: tuple[str, ...] = ()
    """For each of its deliveries the worker whose sweep brought it; empty where that is open."""


def prospect_of(attempt: Attempt, forecast: Forecast, now: float) -> Prospect:
    """What is to come of an attempt after `now`, Unix seconds; O(redeliveries foretold × sweepers)."""
    timeout = forecast.hidden(now).timeout
    sweepers = forecast.sweeps.sweepers
    swept_by = tuple(
        sweeper_at(sweepers, copy.at) if copy.cause == "redelivery" else "" for copy in attempt.deliveries
    )
    if attempt.settled:
        return Prospect(timeout, swept_by=swept_by)
    missing = in_no_queue(attempt, forecast.ledger.totals)
    standing = forecast.standing(attempt)
    runs = forecast.runs(attempt, now)
    coming: list[Window] = []
    supposed = nobody = False
    score = standing
    while score is not None and len(coming) < MOST:
        redelivery = forecast.redelivery(score, now)
        if redelivery is None:
            nobody = not coming
            break
        if redelivery.supposed is not None:
            supposed = True
        window = redelivery.supposed or redelivery.window
        if runs_before(attempt, window.earliest, now) or (coming and attempt.eta is None):
            break
        if attempt.eta is not None and window.earliest >= attempt.eta > now:
            break
        coming.append(window)
        if window.error > INSTANT or window.latest == inf:
            break
        score = window.middle
    return Prospect(timeout, tuple(coming), supposed, nobody, standing, runs, missing, swept_by)


def sweeper_at(sweepers: Iterable[Sweeper], popped: float) -> str:
    """Whose sweep put back what was popped at this time: the one worker that may have swept just before;
    empty where several may have, or none is known to."""
    swept = Window(popped - REACTION, popped)
    able = [each for each in sweepers if each.seen and each.sweeps_in(swept)]
    return able[0].worker if len(able) == 1 else ""

"""The track: one message from sent to ETA on one line, each delivery and each run at its place."""

from __future__ import annotations

from collections.abc import Sequence

from lab.watch.model.accounts.account import Attempt
from tui.cells.outcome import SIGNS, run_sign
from tui.cells.table import Piece, joined

MOST_RUNS = 8
"""Runs drawn one by one; more are summed up in a number."""


def track(
    attempt: Attempt, now: float, width: int, *, expected: int = 1, coming: Sequence[float] = ()
) -> list[Piece]:
    """`●▼───▼───▼┄┄▽┄┄◇◇◇◇`: sent, delivered, now, redeliveries to come, the runs at the ETA.

    `expected` is how many runs there will be in the end, `coming` the times of redeliveries to come.
    `width` is in cells, and is what the pieces add up to.
    """
    begin = attempt.born
    runs = attempt.executions
    ends = [run.started for run in runs] or [now]
    end = attempt.eta if attempt.eta is not None else max(ends)
    tail = _tail(attempt, expected, max(1, min(MOST_RUNS, width // 3)))
    room = width - sum(len(text) for text, _ in tail)
    if room < 2 or not begin:
        return [("┄" * width, "path")]
    length = max(end - begin, 0.001)

    def place(at: float) -> int:
        # Whatever number came from the wire has a place: NaN compares as nothing, so at the left.
        return int(min(max(0.0, (at - begin) / length * room), room - 1))

    here = room if now >= end or runs else place(now)
    cells: list[Piece] = [("─", "path") if n <= here and here else ("┄", "path") for n in range(room)]
    for at in coming:
        if at < end and cells[place(at)][0] == "┄":
            cells[place(at)] = ("▽", "dim")
    if attempt.sent is not None:
        cells[0] = ("●", "text")
    for delivery in attempt.deliveries:
        n = place(delivery.at)
        if n == 0 and attempt.sent is not None:
            # The first delivery comes milliseconds after the sending, and must be seen beside it.
            n = 1
        cells[n] = ("▼", "warn" if delivery.cause in ("requeue", "rollback") else "held")
    return joined([*cells, *tail])


def _tail(attempt: Attempt, expected: int, most: int) -> list[Piece]:
    """The runs there were, and an empty mark for each that is still to come."""
    runs = attempt.executions
    if not runs and attempt.settled:
        # None will come.
        return [SIGNS[attempt.outcome]]
    sure = 1 if attempt.outcome == "waiting" or not runs else 0
    to_come = max(len(attempt.held), expected - len(runs), sure)
    armed = min(len(attempt.held), to_come)
    marks = [run_sign(run) for run in runs]
    marks += [("◇", "held")] * armed + [("◇", "dim")] * (to_come - armed)
    if len(marks) <= most:
        return marks
    more = f"+{len(marks) - most}"
    return [*marks[:most], (more, marks[-1][1])]

"""The copies' lanes: each as its worker has it, from taken to ended; then those to come."""

from __future__ import annotations

from collections.abc import Iterator

from lab.watch.model.accounts.account import Attempt, CopyState, Delivery, Execution, Verdict
from tui.cells.names import worker
from tui.cells.table import Piece
from tui.timeline.glyphs import MarkKind, SpanKind
from tui.timeline.lanes import Gist, Lane, Mark, Span
from tui.timeline.prospect import Prospect
from tui.timeline.run_words import run_words
from tui.words.redelivery import INSTANT

STARTS: dict[Verdict, tuple[MarkKind, SpanKind, Gist]] = {
    "first": ("first", "runs", "first"),
    "duplicate": ("again", "runs again", "again"),
    "recovery": ("recovery", "runs", "first"),
    "requeue": ("first", "runs", "ended"),
    "unclear": ("unclear", "runs unclear", "unseen"),
}
"""How a run is drawn, by its verdict."""

ENDS: dict[str, MarkKind] = {
    "succeeded": "done",
    "failed": "failed",
    "timed out": "failed",
    "lost": "died",
    "cancelled": "died",
    "retried": "goes on",
    "replaced": "goes on",
    "requeued": "handed back",
    "unknown": "unclear",
}
"""How its end is drawn; every other outcome is one that stopped it."""

NEVER_RAN: dict[CopyState, tuple[str, str]] = {
    "skipped": ("skipped: it had succeeded", "skipped"),
    "stopped": ("stopped by the lock", "by the lock"),
    "revoked": ("revoked: never ran", "revoked"),
    "expired": ("expired: never ran", "expired"),
    "discarded": ("thrown away: unknown task", "thrown away"),
    "dropped": ("lost with its worker", "dropped"),
}
"""What became of a copy that did not run, in words, long and short."""


def copy_lanes(attempt: Attempt, prospect: Prospect, now: float, end: float) -> Iterator[Lane]:
    """The lanes of an attempt, in the order in which its copies were taken; the picture ends at `end`."""
    ran = {id(run.delivery): run for run in attempt.executions if run.delivery is not None}
    for n, copy in enumerate(attempt.deliveries):
        yield _copy(attempt, copy, ran.get(id(copy)), n, now, end)
    for run in attempt.executions:
        if run.delivery is None:
            yield _run_alone(attempt, run, now)
    if not attempt.settled:
        yield from _to_come(attempt, prospect, end)


def _copy(attempt: Attempt, copy: Delivery, run: Execution | None, n: int, now: float, end: float) -> Lane:
    name = worker(copy.worker)
    taken = Mark(copy.at, "delivered")
    if run is not None:
        spans, marks = _run(run, now)
        waited = Span(copy.at, run.started, "held", _waiting_label(attempt, run.started))
        words, gist = run_words(attempt, run), STARTS[run.verdict][2]
        if run.outcome in ("lost", "cancelled"):
            gist = "died"
        return Lane(name, (waited, *spans), (taken, *marks), words, gist, copy.worker)
    if copy.state == "held":
        spans, marks = _held(attempt, copy, now, end)
        first = n == 0 and not attempt.executions
        return Lane(name, spans, (taken, *marks), _held_words(attempt, now, first), "waits", copy.worker)
    until = copy.until if copy.until is not None else attempt.left or now
    if copy.state in NEVER_RAN:
        long, short = NEVER_RAN[copy.state]
        died = copy.state == "dropped"
        stop = Mark(until, "died" if died else "stopped")
        held = Span(copy.at, until, "held", _waiting_label(attempt, until))
        words = (long, "warn"), (short, "warn")
        return Lane(name, (held,), (taken, stop), words, "died" if died else "stopped", copy.worker)
    unseen = ("? not seen to run", "warn"), ("? unseen", "warn")
    return Lane(name, (Span(copy.at, until, "unknown"),), (taken,), unseen, "unseen", copy.worker)


def _waiting_label(attempt: Attempt, until: float) -> str:
    """What a copy waits for."""
    return "waits for its ETA" if attempt.eta is not None and until >= attempt.eta - 1 else "waits"


def _held(
    attempt: Attempt, copy: Delivery, now: float, end: float
) -> tuple[tuple[Span, ...], tuple[Mark, ...]]:
    """A copy that a worker has and has not run: what is known of it, and what is to come."""
    eta = attempt.eta
    label = "waits for its ETA" if eta is not None else "waits for a place"
    so_far = Span(copy.at, now, "held", label)
    if eta is None:
        return (so_far, Span(now, end, "foretold")), ()
    if eta <= now:
        return (so_far,), ()
    return (so_far, Span(now, eta, "foretold")), (Mark(eta, "will run"),)


def _held_words(attempt: Attempt, now: float, first: bool) -> tuple[Piece, ...]:
    role = "text" if first else "bad"
    again = "" if first else " again"
    if attempt.eta is not None and attempt.eta > now:
        return (f"will run{again}", role), (f"runs{again}", role)
    due = "is due" if attempt.eta is not None else "waits for a place"
    return (f"{due}: will run{again}", role), (f"will run{again}", role)


def _run(run: Execution, now: float) -> tuple[tuple[Span, ...], tuple[Mark, ...]]:
    """A run from its start to its end, or until now."""
    start, kind, _ = STARTS[run.verdict]
    until = now if run.ended is None else run.ended
    span = Span(run.started, until, kind, "runs again" if start == "again" else "runs")
    marks = (Mark(run.started, start),)
    if run.ended is None:
        return (span,), marks
    end: MarkKind = ENDS.get(run.outcome, "stopped")
    return (span,), (*marks, Mark(run.ended, end))


def _run_alone(attempt: Attempt, run: Execution, now: float) -> Lane:
    """A run whose copy was not seen to be taken."""
    spans, marks = _run(run, now)
    return Lane(worker(run.worker), spans, marks, run_words(attempt, run), STARTS[run.verdict][2], run.worker)


def _to_come(attempt: Attempt, prospect: Prospect, end: float) -> Iterator[Lane]:
    """Copies that are not there yet: one for each redelivery that is foretold, and what may follow them."""
    eta, doubt = attempt.eta, "?" if prospect.supposed else ""
    if not attempt.deliveries:
        if attempt.nowhere is None and eta is not None:
            words = ("will run when taken", "dim"), ("will run", "dim")
            yield Lane("?", (), (Mark(eta, "will run"),), words, "to come")
        return
    for window in prospect.coming:
        until = end if eta is None or eta < window.earliest else eta
        spans = [Span(window.earliest, min(window.latest, until), "range")] if window.error > INSTANT else []
        marks = [] if spans else [Mark(window.middle, "to come")]
        if eta is not None and eta > window.earliest:
            spans.append(Span(min(window.latest, eta), eta, "foretold"))
            marks.append(Mark(eta, "will run"))
        elif not spans:
            spans.append(Span(window.middle, end, "foretold"))
        when = "may come at any time" if window.error > INSTANT else "to come"
        texts = f"{when}: will run again{doubt}", f"will run again{doubt}", "to come"
        to_come: tuple[Piece, ...] = tuple((text, "dim") for text in texts)
        yield Lane("?", tuple(spans), tuple(marks), to_come, "to come")
    yield from _further(attempt, prospect, len(prospect.coming))


def _further(attempt: Attempt, prospect: Prospect, told: int) -> Iterator[Lane]:
    """How many more there may be than were foretold one by one."""
    runs = prospect.runs
    if runs is None:
        return
    there = len(attempt.executions) + len(attempt.held) + told
    if not runs.endless and runs.most <= there:
        return
    many = f"≥{runs.least:,}" if runs.endless else f"{runs.most:,}"
    if not runs.endless and runs.least != runs.most:
        many = f"{runs.least:,}–{runs.most:,}"
    words = (f"and so on: will run {many}×", "dim"), (f"{many}× in all", "dim"), (f"{many}×", "dim")
    yield Lane("?", (), (), words, "to come")

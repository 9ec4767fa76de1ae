"""The broker's lane: sent, queued, hidden, overdue, each redelivery and who swept. It knows no run."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf

from lab.watch.model.accounts.account import Attempt, Delivery
from lab.watch.outputs.outcomes import last_run
from tui.cells.durations import countdown, duration
from tui.cells.names import worker
from tui.cells.table import Piece
from tui.timeline.glyphs import MarkKind
from tui.timeline.lanes import BROKER, Lane, Mark, Span
from tui.timeline.prospect import Prospect
from tui.words.redelivery import INSTANT


def broker_lane(attempt: Attempt, prospect: Prospect, now: float, end: float) -> Lane:
    """What the broker has of an attempt; `end` is where the picture ends, for what has no end in sight.

    Each time that it was hidden is drawn with the timeout of now: what it was before is not kept.
    """
    spans = [span for span in _spans(attempt, prospect, now, end) if span.until > span.since]
    marks = tuple(_marks(attempt, prospect))
    return Lane(BROKER, tuple(spans), marks, _words(attempt, prospect, now))


def _spans(attempt: Attempt, prospect: Prospect, now: float, end: float) -> Iterator[Span]:
    copies = attempt.deliveries
    if attempt.sent is not None:
        if not copies and (attempt.nowhere is not None or prospect.missing):
            # When it was lost, or whether it was, nobody saw.
            yield Span(attempt.sent, now if attempt.nowhere is None else attempt.nowhere, "unknown")
        else:
            yield Span(attempt.sent, copies[0].at if copies else now, "queued", "in its queue")
    for copy, after in zip(copies, [*copies[1:], None], strict=False):
        if after is not None:
            yield from _hidden(copy, prospect, after.at)
        elif attempt.left is not None:
            yield from _hidden(copy, prospect, max(attempt.left, copy.at))
            if _queued_again(attempt):
                yield Span(attempt.left, now, "queued", "in its queue")
        elif prospect.standing is not None and not attempt.settled:
            yield from _hidden(copy, prospect, now, prospect.standing)
            eta = attempt.eta
            # At its ETA it runs, and is acknowledged.
            yield from _to_come(prospect, now, eta if eta is not None and eta > now else end)
        elif not attempt.settled and not attempt.indexed:
            yield Span(copy.at, now, "unknown")


def _hidden(copy: Delivery, prospect: Prospect, until: float, score: float | None = None) -> Iterator[Span]:
    """Hidden until its timeout is over, and overdue from then on."""
    timeout = prospect.timeout
    since = copy.since if score is None else score
    shown = timeout.least if timeout.value is None else timeout.value
    visible = since + shown
    doubt = "" if timeout.ground == "known" else "?"
    # What ended sooner may have been hidden by another timeout, which is not known any more.
    whole = shown and (score is not None or visible <= until)
    yield Span(
        copy.at, min(visible, until), "hidden", f"hidden {duration(shown)}{doubt}" if whole else "hidden"
    )
    if timeout.value is None and timeout.most > timeout.least:
        # Hidden or overdue: nothing that is known tells.
        yield Span(max(visible, copy.at), min(since + timeout.most, until), "unknown")
        visible = since + timeout.most
    if visible < until:
        yield Span(max(visible, copy.at), until, "overdue", "overdue")


def _to_come(prospect: Prospect, now: float, end: float) -> Iterator[Span]:
    since = now
    for window in prospect.coming:
        yield Span(since, min(window.earliest, end), "foretold")
        if window.error > 0:
            yield Span(window.earliest, min(window.latest, end), "range", "any time here")
        since = window.latest
    if not prospect.coming and not prospect.nobody:
        yield Span(now, end, "foretold")
    elif prospect.nobody:
        yield Span(now, end, "unknown")


def _marks(attempt: Attempt, prospect: Prospect) -> Iterator[Mark]:
    if attempt.sent is not None:
        yield Mark(attempt.sent, "sent")
    for n, copy in enumerate(attempt.deliveries):
        if copy.cause == "first":
            continue
        kind: MarkKind = "put back" if copy.cause == "redelivery" else "handed back"
        by = prospect.swept_by[n] if n < len(prospect.swept_by) else ""
        yield Mark(copy.at, kind, f"by {worker(by)}" if by else "")
    for window in prospect.coming:
        if window.error <= INSTANT:
            yield Mark(window.middle, "to come")
    if attempt.nowhere is not None and attempt.outcome == "lost":
        yield Mark(attempt.nowhere, "lost")
    elif attempt.left is not None:
        yield Mark(attempt.left, "handed back" if _queued_again(attempt) else "gone")
    elif attempt.indexed and attempt.deliveries and attempt.deliveries[-1].score is None:
        # It never stood in the index: whoever took it acknowledged it at once.
        yield Mark(attempt.deliveries[-1].at, "gone")


def _queued_again(attempt: Attempt) -> bool:
    """Whether it left `unacked`, and waits: nobody holds it, and nobody runs it."""
    return attempt.left is not None and attempt.outcome == "waiting" and not attempt.held


def _words(attempt: Attempt, prospect: Prospect, now: float) -> tuple[Piece, ...]:
    """Where it stands now."""
    if attempt.outcome == "lost":
        last = last_run(attempt)
        lost = "lost?" if last is not None and not last.paired and attempt.nowhere is None else "lost"
        texts = f"nothing left to run it: {lost}", f"nothing left: {lost}", lost
        return tuple((text, "bad") for text in texts)
    if prospect.missing and not attempt.deliveries:
        return ("? in no queue", "warn"), ("? nowhere", "warn")
    if not attempt.settled and not attempt.deliveries:
        return ("waits in its queue", "text"), ("in its queue", "text"), ("queued", "text")
    if prospect.standing is not None and not attempt.settled:
        return _standing(prospect, prospect.standing, now)
    if _queued_again(attempt):
        return ("back in its queue", "warn"), ("queued again", "warn")
    back = sum(copy.cause == "redelivery" for copy in attempt.deliveries)
    many = f"put back {back}×" if back else ""
    if attempt.left is None:
        if attempt.indexed:
            return ("acknowledged at once", "dim"), ("acknowledged", "dim"), ("gone", "dim")
        return (many or "? not seen in unacked", "dim"), (many or "? not seen", "dim")
    if back:
        role = "warn"
        return (f"{many}, acknowledged", role), (many, role)
    return ("acknowledged", "dim"), ("gone", "dim")


def _standing(prospect: Prospect, standing: float, now: float) -> tuple[Piece, ...]:
    """It stands in `unacked`: for how long, and what ends that."""
    if prospect.nobody:
        return ("nobody sweeps: it stays", "warn"), ("nobody sweeps", "warn")
    doubt = "?" if prospect.timeout.ground != "known" or prospect.supposed else ""
    left = standing + prospect.timeout.shown - now
    if left > 0:
        seconds = countdown(max(1.0, ceil(left)) if left < 60 else left).replace(".0", "")
        again = "" if prospect.coming else ", runs before"
        long = f"hidden {seconds} more{doubt}"
        return (long + again, "text"), (long, "text"), (f"hidden{doubt}", "text")
    if not prospect.coming or prospect.coming[0].latest == inf:
        return ("overdue: any sweep puts it back", "bad"), (f"overdue{doubt}", "bad")
    wait = max(0.0, prospect.coming[0].latest - now)
    soon = f"within {max(1, ceil(wait))} s" if wait < 100 else f"within {countdown(wait)}"
    return (f"overdue: put back {soon}", "bad"), (f"overdue, {soon}", "bad"), (f"overdue{doubt}", "bad")

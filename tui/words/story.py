"""The story: what happened to one message and what will happen to it, in plain words."""

from __future__ import annotations

import math

from lab.watch.findings.timeout_advice import timeout_for
from lab.watch.model.accounts.account import Attempt, Delivery
from lab.watch.model.forecast import Forecast, RunCount
from lab.watch.model.outlook import runs_before
from lab.watch.outputs.moments import moment
from lab.watch.outputs.outcomes import last_run, poison_words
from lab.watch.outputs.plurals import plural
from tui.cells.durations import duration, span
from tui.cells.names import worker
from tui.words.endings import ending, stopped_words
from tui.words.losses import in_no_queue, run_words
from tui.words.redelivery import INSTANT, or_later
from tui.words.told import STRANGER, Story, hidden_words

CROWD = 10
"""Messages in the queues from which it is worth a word that one does not wait there alone."""


def tell(attempt: Attempt, forecast: Forecast, now: float) -> Story:
    """The story of one attempt at `now`."""
    if attempt.settled:
        return ending(attempt, forecast.hidden(now), timeout_for(attempt))
    story = _waiting(attempt, forecast, now)
    if poison := poison_words(attempt):
        return Story("bad", f"{poison[0].upper()}{poison[1:]}. {story.words}")
    return story


def _waiting(attempt: Attempt, forecast: Forecast, now: float) -> Story:
    """The story of one that runs, or is to run."""
    if any(run.ended is None for run in attempt.executions) or _due(attempt, now):
        return _running(attempt, forecast, now)
    if attempt.held:
        return _held(attempt, forecast, now)
    return _unheld(attempt, forecast, now)


def _due(attempt: Attempt, now: float) -> bool:
    return attempt.eta is not None and now >= attempt.eta and bool(attempt.held)


def _held(attempt: Attempt, forecast: Forecast, now: float) -> Story:
    """A copy is held, or several are, and the ETA is still to come, or a place in the pool."""
    hidden = forecast.hidden(now)
    runs = forecast.runs(attempt, now)
    copies = len(attempt.held)
    if attempt.eta is None:
        start = f"{_holder(attempt.held[-1])} took it and has not started it yet;"
        if copies > 1:
            told = f"{_again(attempt, forecast)} {copies} copies wait for a place, and every one will run."
            return Story("bad", told)
        return Story("wait", f"{start}{_next(attempt, forecast, now)}")
    at = moment(attempt.eta, now)
    if copies > 1 or len(attempt.deliveries) > 1:
        told = f"{_again(attempt, forecast)} {_copies(copies, runs, at)}"
        return Story("bad" if copies > 1 else "wait", told)
    start = f"{_holder(attempt.held[0])} took it and keeps it until {at}"
    if runs and runs.most == 1 and not runs.endless:
        longer = f" It stays hidden for {hidden_words(hidden)}, longer than that:"
        once = "it will run once." if runs.ground == "known" else "if so, it will run once."
        return Story("good" if runs.ground == "known" else "wait", f"{start}.{longer} {once}")
    kept = f"{start}, unacknowledged until it runs. Hidden for {hidden_words(hidden)} only;"
    return Story("wait", f"{kept}{_next(attempt, forecast, now)}")


def _holder(copy: Delivery) -> str:
    return worker(copy.worker) if copy.worker else "A worker"


def _again(attempt: Attempt, forecast: Forecast) -> str:
    """Why it was handed out again the last time, or who of its holders was lost since."""
    last = attempt.deliveries[-1]
    if last.state == "dropped" and last.worker:
        return _holder_fate(last, forecast)
    if last.cause == "rollback":
        return "The broker went back in time: it came back with an older state, in which it still waited."
    if last.cause == "requeue":
        before = attempt.deliveries[-2]
        ran = next((run for run in attempt.executions if run.delivery is before), None)
        if ran is not None and ran.ended is not None:
            return f"{run_words(ran)}, so it was handed out again."
        if last.early is not None:
            return f"It came back after {duration(last.early)}, {STRANGER}."
        by = f"{worker(before.worker)}" if before.worker else "Its worker"
        return f"{by} handed it back when it was stopped, so it was handed out again."
    if lost := _lost_holder(attempt):
        return f"{lost}, so the broker handed it out again."
    if len(attempt.deliveries) < 2:
        return "It was handed out again."
    waited = duration(last.at - attempt.deliveries[-2].since)
    return f"Nobody acknowledged it for {waited}, so the broker handed it out again."


def _lost_holder(attempt: Attempt) -> str:
    """Which worker was lost with its copy, if the last but one was."""
    before = attempt.deliveries[-2] if len(attempt.deliveries) > 1 else None
    if before is None or before.state != "dropped" or not before.worker:
        return ""
    if before.until is None or before.until > attempt.deliveries[-1].at:
        return ""
    return f"{worker(before.worker)} was lost with its copy"


def _copies(copies: int, runs: RunCount | None, at: str) -> str:
    """How many wait, and how many will run."""
    wait = "One copy waits" if copies == 1 else f"{copies} copies wait"
    if runs is None or (runs.most <= copies and not runs.endless):
        every = {1: "it", 2: "both"}.get(copies, f"all {copies}")
        return f"{wait}; {every} will run at {at}."
    many = f"{runs.most}" if runs.least == runs.most else f"{runs.least} to {runs.most}"
    if runs.endless:
        many = f"at least {runs.least:,}"
    return f"{wait}; by {at} there will be {many}, and all will run."


def _next(attempt: Attempt, forecast: Forecast, now: float) -> str:
    """When it will be handed out again."""
    score = forecast.standing(attempt)
    coming = forecast.redelivery(score, now) if score is not None else None
    if coming is None:
        return " nobody sweeps, so it stays where it is."
    if runs_before(attempt, coming.window.earliest, now):
        return " but it runs before the next sweep."
    window, so = coming.window, ""
    if coming.supposed is not None:
        window, so = coming.supposed, "if the timeout is what is assumed, "
        if runs_before(attempt, window.earliest, now):
            return f" {so}it runs before the next sweep."
    if window.latest == math.inf:
        return f" {so}it may be handed out again {or_later(window.earliest - now)}."
    if window.error <= INSTANT:
        # Whole seconds: tenths would only flicker in a sentence.
        return f" {so}it is handed out again in {max(1, math.ceil(window.middle - now))} s."
    return f" {so}it is handed out again in {span(window.earliest - now, window.latest - now)}."


def _unheld(attempt: Attempt, forecast: Forecast, now: float) -> Story:
    """No worker has a copy: it waits in its queue, or in `unacked` for the next sweep."""
    if not attempt.deliveries:
        lives = list(forecast.ledger.lives.present(now))
        if not lives:
            return Story("wait", "Sent. It waits in its queue: no worker is up to take it yet.")
        if in_no_queue(attempt, forecast.ledger.totals):
            told = "Sent. Every queue that is read is empty, and no worker was seen to take it:"
            return Story("unsure", f"{told} it may have been lost between the two.")
        queued = forecast.ledger.totals.queued
        more = f": {plural(queued - 1, 'message')} wait with it" if queued > CROWD else ""
        return Story("wait", f"Sent. It waits in its queue until a worker takes it{more}.")
    last = attempt.deliveries[-1]
    ran = last_run(attempt)
    if ran is not None and ran.ended is not None and ran.ended >= last.at:
        who = f"{run_words(ran)}."
    else:
        who = _holder_fate(last, forecast)
    if attempt.left is not None:
        if forecast.ledger.totals.queued:
            return Story("wait", f"{who} It is back in its queue until a worker takes it.")
        return Story("wait", f"{who} It left unacked, and nobody was seen to take it.")
    if not last.worker:
        return Story("wait", f"A worker has it, no event says which;{_next(attempt, forecast, now)}")
    return Story("wait", f"{who} It still stands in unacked;{_next(attempt, forecast, now)}")


def _holder_fate(last: Delivery, forecast: Forecast) -> str:
    if not last.worker:
        return ""
    ending = forecast.ledger.lives.ending(last.worker, last.pid)
    why = ending.why if ending else "it lost its connection"
    if why.startswith("it "):
        return f"{worker(last.worker)} {why[3:]} while it had it."
    return f"{worker(last.worker)}, which had it, is gone: {why}."


def _running(attempt: Attempt, forecast: Forecast, now: float) -> Story:
    """Its time has come: some copies ran, run, or are about to."""
    runs = attempt.executions
    left = len(attempt.held)
    if attempt.duplicates:
        still = f", {plural(left, 'copy', 'copies')} still to come" if left else ""
        return Story(
            "bad", f"It runs again: {plural(len(runs), 'run')} so far{still}. Every copy that was held runs."
        )
    if not runs:
        many = f"all {left} copies run" if left > 2 else "both copies run" if left == 2 else "it runs"
        return Story(
            "bad" if left > 1 else "wait", f"Its time has come: {many} as soon as a worker has a free place."
        )
    running = f"{worker(runs[-1].worker)} runs it now."
    more = plural(left, "more copy", "more copies")
    if any(delivery.state == "stopped" for delivery in attempt.deliveries):
        still = f" {more} will meet the lock as well." if left else ""
        return Story("wait", f"{running} {stopped_words(attempt)}{still}")
    if left:
        return Story("bad", f"{running} {more} will run as well.")
    if forecast.ledger.entry(attempt):
        return Story("wait", f"{running} It is acknowledged only at its end;{_next(attempt, forecast, now)}")
    return Story("good", running)

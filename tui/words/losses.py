"""The losses: how a run or a message was lost, and why nothing brings it back, in plain words."""

from __future__ import annotations

from lab.watch.facts import Totals
from lab.watch.model.accounts.account import Attempt, Execution
from lab.watch.outputs.outcomes import last_run, loss_words
from tui.cells import text
from tui.cells.names import worker

ON_ITS_WAY = 3.0
"""Seconds that a message may be between its sender, its queue and a worker, their clocks a little off."""


def in_no_queue(attempt: Attempt, totals: Totals) -> bool:
    """Whether nothing waits in any queue, although this one was sent a while ago and nobody took it."""
    if attempt.deliveries or attempt.sent is None:
        return False
    return not totals.queued and totals.at > attempt.sent + ON_ITS_WAY


def lost_words(attempt: Attempt) -> str:
    """Why it is lost, and why nothing brings it back."""
    last = last_run(attempt)
    if last is None and attempt.data_lost is not None:
        return "It was lost with the broker's data: nobody acknowledged it, and nothing brings it back."
    if last is None:
        return (
            f"It was lost: {loss_words(attempt)}, and nothing brings it back."
            " A worker that dies as it takes a message leaves none of it; nor does a broker that restarts."
        )
    if last.outcome != "lost":
        return f"It was lost: {loss_words(attempt)}, and nothing brings it back. {run_words(last)} before."
    doubt = "" if last.paired or attempt.nowhere is not None else " That is presumed: it may run still."
    return f"{run_words(last)}. {_after_loss(attempt, last)}{doubt}"


def _after_loss(attempt: Attempt, lost: Execution) -> str:
    """Why nothing brings back a message whose last run was lost: it depends on when it was acknowledged."""
    if lost.over:
        return "Nothing brings it back: its worker gave it up, as without task_reject_on_worker_lost."
    if attempt.nowhere is not None:
        return "Nothing brings it back: it is in no queue and not in unacked."
    if attempt.data_lost is not None:
        return "Nothing brings it back: its entry was lost with the broker's data."
    if attempt.left is None or (lost.ended is not None and attempt.left <= lost.ended):
        return "It had been acknowledged at its start, so nobody runs it again."
    return "It left unacked after that, and nobody was seen to take it."


def run_words(run: Execution) -> str:
    """What became of a run that left its message to another, as a sentence without its end."""
    what = {
        "lost": f"was lost: {run.fate}",
        "cancelled": "was cut off by its worker",
        "timed out": "was killed by its time limit",
        "failed": "failed",
        "revoked": "was terminated",
    }.get(run.outcome, "handed its message back")
    return text.clean(f"The run on {worker(run.worker)} {what}")

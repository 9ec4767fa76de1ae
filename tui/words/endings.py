"""The endings: what became of a message whose time is over, in plain words."""

from __future__ import annotations

from lab.watch.model.accounts.account import Attempt, Execution
from lab.watch.model.sweeping.settings import Hidden
from lab.watch.outputs.plurals import plural
from tui.cells import names, text
from tui.cells.durations import duration, times
from tui.cells.names import worker
from tui.words.told import Story, hidden_words


def ending(attempt: Attempt, hidden: Hidden, enough: int | None) -> Story:
    """What became of an attempt that is over.

    `hidden` is its visibility timeout, `enough` the smallest in whole seconds with which it would have run
    once.
    """
    runs, duplicates = attempt.executions, attempt.duplicates
    total = _sums(attempt)
    if duplicates:
        told = ""
        if enough:
            # "Above 2 h" stays true where a number is shown in hours; "of 2 h" would not.
            # What the workers have may be long enough, now or all the while: the smallest one wins.
            everywhere = " on everybody who sweeps" if hidden.timeout.least >= enough else ""
            told = f" A visibility timeout above {duration(enough - 1)}{everywhere} would have made it 1."
        elif any(delivery.cause == "requeue" for delivery in attempt.deliveries):
            told = (
                " A worker that stopped, or lost its connection, handed it back while a copy was still there."
            )
        return Story("bad", f"{total}.{told}")
    if not runs:
        dropped = next((d.state for d in attempt.deliveries if d.state in ("revoked", "expired")), None)
        if dropped:
            return Story("calm", f"{total}. It was {dropped}, so no worker ran it.")
        return Story("calm", f"{total}, as far as was seen: it was acknowledged, and no event told of a run.")
    recovery = next((run for run in runs if run.verdict == "recovery"), None)
    if recovery:
        why = _capital(recovery.why.replace(names.HOME, ""))
        again = f"so {worker(recovery.worker)} ran it again: a recovery, not a duplicate."
        return Story("good", f"{total}. {why}, {again}")
    lost = runs[-1]
    if lost.outcome == "lost":
        told = f"The run on {worker(lost.worker)} was lost: {text.clean(lost.fate)}."
        return Story("bad", f"{total}. {told} {_after_loss(attempt, lost, hidden)}")
    if len(attempt.deliveries) > 1:
        return Story("good", f"{total}. The other copies went with their workers, so only one ran.")
    wait = runs[0].started - attempt.deliveries[0].at if attempt.deliveries else 0.0
    if attempt.eta is not None and hidden.timeout.shown > wait > 1:
        outlasted = f"of {hidden_words(hidden)} outlasted its wait of {duration(wait)}"
        told = f"The visibility timeout {outlasted}, so once."
        return Story("good", f"{total}. {told}")
    return Story("good", f"{total}.")


def _after_loss(attempt: Attempt, lost: Execution, hidden: Hidden) -> str:
    """What becomes of a message whose last run was lost: it depends on when it was acknowledged."""
    if attempt.left is None:
        return (
            f"It still stands in unacked, and is redelivered once it was hidden for {hidden_words(hidden)}."
        )
    if lost.ended is not None and attempt.left < lost.ended:
        return "It had been acknowledged at its start, so nobody runs it again."
    return "It left unacked after that, and nobody was seen to take it."


def _capital(words: str) -> str:
    return text.clean(words[:1].upper() + words[1:])


def _sums(attempt: Attempt) -> str:
    """`1 sent · 6 deliveries · ran 6 times · 5 duplicates`."""
    parts = ["1 sent"] if attempt.sent is not None else []
    parts.append(deliveries(attempt))
    parts.append(f"ran {times(len(attempt.executions))}" if attempt.executions else "no run was seen")
    if attempt.duplicates:
        parts.append(plural(len(attempt.duplicates), "duplicate"))
    return " · ".join(parts)


def deliveries(attempt: Attempt) -> str:
    """`6 deliveries`, or `6+ deliveries` where there were some before the watch began."""
    if attempt.earlier:
        return f"{len(attempt.deliveries):,}+ deliveries"
    return plural(len(attempt.deliveries), "delivery", "deliveries")

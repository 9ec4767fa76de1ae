"""The endings: what became of a message whose time is over, in plain words."""

from __future__ import annotations

from collections import Counter

from lab.watch.model.accounts.account import Attempt, CopyState, Outcome
from lab.watch.model.sweeping.settings import Hidden
from lab.watch.outputs.outcomes import last_run, outcome_words
from lab.watch.outputs.plurals import plural
from tui.cells import names, text
from tui.cells.durations import duration, times
from tui.cells.names import worker
from tui.words.losses import lost_words, run_words
from tui.words.told import STRANGER, Mood, Story, hidden_words

MOODS: dict[Outcome, Mood] = {
    "succeeded": "good",
    "failed": "failed",
    "timed out": "failed",
    "lost": "lost",
    "discarded": "gone",
    "stopped": "gone",
    "unknown": "unsure",
}
"""The mood of an outcome; calm for the others, which somebody asked for."""

CUT = frozenset({"lost", "timed out", "revoked", "cancelled", "unknown"})
"""Outcomes of which nobody may say that it ran: it was started."""

COPIES: dict[CopyState, str] = {
    "dropped": "went with its worker",
    "skipped": "was skipped: the task had succeeded before",
    "discarded": "was thrown away by a worker that does not know the task",
    "revoked": "was revoked",
    "expired": "expired",
    "unseen": "was not seen to run",
}
"""What becomes of a copy that does not run. Those that a lock stops have a sentence of their own."""


def ending(attempt: Attempt, hidden: Hidden, enough: int | None) -> Story:
    """What became of an attempt that is over.

    `hidden` is its visibility timeout, `enough` the smallest in whole seconds with which it would have run
    once.
    """
    outcome = attempt.outcome
    if any(delivery.state == "stopped" for delivery in attempt.deliveries):
        total, rest = stopped_words(attempt), []
    else:
        total, rest = f"{_sums(attempt)}.", [_others(attempt)]
    unclear = next((run for run in attempt.executions if run.verdict == "unclear"), None)
    if attempt.duplicates:
        end = "" if outcome == "succeeded" else _capital(f"it {outcome_words(attempt)}.")
        return _story("bad", total, end, _doubt(attempt), _why_again(attempt, hidden, enough))
    if outcome == "lost":
        return _story("lost", total, lost_words(attempt))
    if outcome != "succeeded":
        return _story(MOODS.get(outcome, "calm"), total, _end(attempt), *rest)
    if unclear:
        return _story("unsure", total, _capital(f"whether that is a duplicate is not clear: {unclear.why}."))
    recovery = next((run for run in attempt.executions if run.verdict == "recovery"), None)
    if recovery:
        why = _capital(recovery.why)
        again = f"so {worker(recovery.worker)} ran it again: a recovery, not a duplicate."
        return _story("good", total, f"{why}, {again}", _doubt(attempt))
    if any(rest) or len(attempt.executions) != 1:
        return _story("good", total, *rest)
    return _story("good", total, _outlasted(attempt, hidden))


def stopped_words(attempt: Attempt) -> str:
    """`6 delivered, 1 did the work, 5 stopped by the lock.`"""
    stopped = sum(delivery.state == "stopped" for delivery in attempt.deliveries)
    ran = len(attempt.executions)
    work = f"{ran} did the work" if ran else "none did the work"
    return f"{len(attempt.deliveries)} delivered, {work}, {stopped} stopped by the lock."


def _story(mood: Mood, *sentences: str) -> Story:
    return Story(mood, " ".join(sentence for sentence in sentences if sentence))


def _why_again(attempt: Attempt, hidden: Hidden, enough: int | None) -> str:
    """Why it was delivered again, and what would have kept it from that."""
    causes = [delivery.cause for delivery in attempt.deliveries]
    if enough:
        # "Above 2 h" stays true where a number is shown in hours; "of 2 h" would not.
        # What the workers have may be long enough, now or all the while: the smallest one wins.
        everywhere = " on everybody who sweeps" if hidden.timeout.least >= enough else ""
        return f"A visibility timeout above {duration(enough - 1)}{everywhere} would have made it 1."
    if "rollback" in causes:
        return "The broker went back in time: it came back with an older state, and handed it out again."
    if any(delivery.early is not None for delivery in attempt.deliveries):
        return f"It came back {STRANGER}."
    if "requeue" in causes:
        return "A worker that stopped, or lost its connection, handed it back while a copy was still there."
    return ""


def _doubt(attempt: Attempt) -> str:
    """What would make a verdict wrong that is not certain; empty where all are, or nothing is known to."""
    doubtful = (run for run in attempt.executions if run.number > 1 and not run.certain and run.unless)
    run = next(doubtful, None)
    if run is None:
        return ""
    what = "duplicate" if run.verdict == "duplicate" else run.verdict
    return text.clean(f"Not certain: it was no {what} if {run.unless.replace(names.HOME, '')}.")


def _end(attempt: Attempt) -> str:
    """How it ended, where it neither ran to a good end nor was lost."""
    outcome, last = attempt.outcome, last_run(attempt)
    if outcome in ("revoked", "expired") and last is None:
        return f"It {outcome_words(attempt)}, so no worker ran it."
    match outcome:
        case "unknown" if last is None:
            return "It was acknowledged, as far as was seen, and no event told of a run."
        case "unknown":
            return "How its run ended nobody saw: events were missed, so it may have succeeded."
        case "revoked":
            return "It was revoked, and terminated while it ran."
        case "timed out":
            return "It was killed by its time limit, and nobody runs it again."
        case "stopped":
            return "Somebody held the lock, and no run of it was seen: it may be lost."
        case "retried":
            return f"It asked for another attempt: r{attempt.retries + 1} is a row of its own."
        case "replaced":
            return "It replaced itself by another task under the same id, which is a row of its own."
        case "discarded":
            return "It was thrown away by a worker that does not know the task: nobody runs it."
    return _capital(f"it {outcome_words(attempt)}.")


def _others(attempt: Attempt) -> str:
    """What became of the copies that did not run, where there were runs or several copies."""
    if len(attempt.deliveries) < 2:
        return ""
    states = Counter(delivery.state for delivery in attempt.deliveries)
    found = [(count, COPIES[state]) for state, count in states.items() if state in COPIES]
    told = [f"{count} {words}".replace(" was ", " were ", count > 1) for count, words in found]
    if not told:
        back = [run for run in attempt.executions if run.made_way]
        return f"{run_words(back[-1])}, so it ran again." if back else ""
    return f"Of its copies {', '.join(told)}."


def _outlasted(attempt: Attempt, hidden: Hidden) -> str:
    """That the visibility timeout was long enough, where it was needed at all."""
    wait = attempt.executions[0].started - attempt.deliveries[0].at if attempt.deliveries else 0.0
    if attempt.eta is None or not hidden.timeout.shown > wait > 1:
        return ""
    outlasted = f"of {hidden_words(hidden)} outlasted its wait of {duration(wait)}"
    return f"The visibility timeout {outlasted}, so once."


def _capital(words: str) -> str:
    return text.clean((words[:1].upper() + words[1:]).replace(names.HOME, ""))


def _sums(attempt: Attempt) -> str:
    """`1 sent · 6 deliveries · ran 6 times · 5 duplicates`."""
    parts = ["1 sent"] if attempt.sent is not None else []
    parts.append(deliveries(attempt) if attempt.deliveries else "no delivery was seen")
    if attempt.executions:
        did = "started" if attempt.outcome in CUT and not attempt.duplicates else "ran"
        parts.append(f"{did} {times(len(attempt.executions))}")
    elif attempt.deliveries:
        parts.append("no run was seen")
    if attempt.duplicates:
        parts.append(plural(len(attempt.duplicates), "duplicate"))
    return " · ".join(parts)


def deliveries(attempt: Attempt) -> str:
    """`6 deliveries`, or `6+ deliveries` where there were some before the watch began."""
    if attempt.earlier:
        return f"{len(attempt.deliveries):,}+ deliveries"
    return plural(len(attempt.deliveries), "delivery", "deliveries")

"""What became of an attempt, in words; the one place where an outcome has its words, long and short."""

from __future__ import annotations

from lab.watch.model.accounts.account import Attempt, Execution, Outcome
from lab.watch.outputs.plurals import plural

WORDS: dict[Outcome, str] = {
    "waiting": "waits",
    "running": "runs",
    "succeeded": "succeeded",
    "failed": "failed",
    "timed out": "was killed by its time limit",
    "retried": "asked for another attempt",
    "replaced": "replaced itself by another task",
    "cancelled": "was cut off by its worker",
    "requeued": "was handed back",
    "rejected": "was rejected",
    "dropped": "ended without a word, as a run does that is to be ignored",
    "lost": "was lost",
    "revoked": "was revoked",
    "expired": "expired",
    "discarded": "was thrown away by a worker that does not know the task",
    "stopped": "was stopped by a lock",
    "unknown": "has an end that nobody saw",
}
"""Each finishes "it …"."""

SHORT: dict[Outcome, str] = {
    "timed out": "time limit",
    "dropped": "ignored",
    "discarded": "unknown task",
}
"""The word for a cell, where it is not the outcome's own name."""

POISONOUS = 3
"""Runs that ended with their process, after which a message is called poison."""


def outcome_words(attempt: Attempt) -> str:
    """`failed (ValueError)`, `was lost: its pool child was killed`."""
    outcome = attempt.outcome
    words = WORDS[outcome]
    last = last_run(attempt)
    if outcome == "failed" and last is not None and last.exception:
        return f"{words} ({last.exception})"
    if outcome == "lost":
        return f"{words}: {loss_words(attempt)}"
    return words


def outcome_word(outcome: Outcome) -> str:
    """`failed`, `time limit`, `unknown task`: for where a word or two have room."""
    return SHORT.get(outcome, outcome)


def loss_words(attempt: Attempt) -> str:
    """How a lost attempt was lost, in one clause."""
    last = last_run(attempt)
    if last is not None and last.outcome == "lost" and last.fate:
        return last.fate
    if attempt.data_lost is not None:
        return "it went with the broker's data"
    return "it is in no queue and not in unacked"


def last_run(attempt: Attempt) -> Execution | None:
    """The run that ended last, or runs still; None if none was seen."""
    return max(attempt.executions, key=lambda run: run.ended or run.started, default=None)


def is_poison(attempt: Attempt) -> bool:
    """Whether it takes its process with it, each time, and nothing ends it."""
    return attempt.deaths >= POISONOUS and not attempt.settled


def poison_words(attempt: Attempt) -> str:
    """Says of a poison message what happens to it each time; empty for any other."""
    if not is_poison(attempt):
        return ""
    runs = plural(attempt.deaths, "run")
    if _died(attempt):
        return (
            f"a poison message: {runs} died, the message is handed out again each time, and nothing ends it"
        )
    # Of a child that dies, and a task that asks for it, the worker says the same: `task-rejected`, requeue.
    return (
        f"a poison message: after {runs} it was handed back, as where the child dies or the task asks"
        " for it, and nothing ends it"
    )


def poison_label(attempt: Attempt) -> str:
    """`poison: 5 deaths, no end`; empty for any other message."""
    if not is_poison(attempt):
        return ""
    many = plural(attempt.deaths, "death") if _died(attempt) else f"back {attempt.deaths}×"
    return f"poison: {many}, no end"


def _died(attempt: Attempt) -> bool:
    """Whether any run of it is known to have been killed, rather than only handed back."""
    return any(run.outcome in ("lost", "cancelled", "timed out") for run in attempt.executions)

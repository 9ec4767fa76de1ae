"""What became of an attempt, in words that finish "it …"; the one place where an outcome has its words."""

from __future__ import annotations

from lab.watch.model.accounts.account import Attempt, Outcome

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

POISONOUS = 3
"""Runs that ended with their process, after which a message is called poison."""


def outcome_words(attempt: Attempt) -> str:
    """`failed (ValueError)`, `was lost: its pool child was killed`."""
    outcome = attempt.outcome
    words = WORDS[outcome]
    last = max(attempt.executions, key=lambda run: run.ended or run.started, default=None)
    if outcome == "failed" and last is not None and last.exception:
        return f"{words} ({last.exception})"
    if outcome == "lost":
        if attempt.nowhere is not None:
            return f"{words}: it is in no queue and not in unacked"
        if last is not None and last.fate:
            return f"{words}: {last.fate}"
    return words


def poison_words(attempt: Attempt) -> str:
    """Says of a message that takes its process with it, each time, that nothing ends it; else empty."""
    if attempt.deaths < POISONOUS or attempt.settled:
        return ""
    return f"a poison message: {attempt.deaths} runs ended with their process, and it comes again without end"

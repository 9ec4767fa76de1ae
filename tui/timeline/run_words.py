"""What stands at the end of a run's lane: what it was, in words, long and short."""

from __future__ import annotations

from lab.watch.model.accounts.account import Attempt, Execution
from lab.watch.outputs.outcomes import outcome_word
from tui.cells.durations import duration
from tui.cells.table import Piece
from tui.cells.text import clean


def run_words(attempt: Attempt, run: Execution) -> tuple[Piece, ...]:
    """What a run was, in words, the longest first: that it was a duplicate matters most, then its end."""
    doubt = "" if run.certain else "?"
    end = _end_words(run)
    if run.verdict == "duplicate":
        after = f"+{duration(run.after)}"
        more = [] if run.outcome == "succeeded" else [f"ran again{doubt} {after}, {end}"]
        texts = [*more, f"ran again{doubt}, {after}: duplicate", f"again{doubt} {after}", f"again{doubt}"]
        return tuple((text, "bad") for text in texts)
    if run.outcome == "lost":
        role = "bad" if attempt.outcome == "lost" else "warn"
        # Nobody told of its end: that its process is gone is inferred.
        died = "died" if run.paired else "died?"
        fate = [f"{died}: {clean(run.fate)}"] if run.fate else []
        return tuple((text, role) for text in (*fate, died))
    if run.outcome not in ("succeeded", "running", "unknown"):
        role = "bad" if run.outcome in ("failed", "timed out") else "warn"
        why = [f"{end}: {clean(run.exception)}"] if run.exception else []
        return tuple((text, role) for text in (*why, end, run.outcome))
    if run.outcome == "unknown":
        return (f"? {clean(run.fate)}", "warn"), ("? unknown", "warn")
    if run.verdict == "recovery":
        return (f"recovery{doubt}: ran after a crash", "good"), (f"recovery{doubt}", "good")
    if run.verdict == "unclear":
        return ("? may have run again", "warn"), ("? unclear", "warn")
    if run.outcome == "running":
        return ("runs now", "good"), ("runs", "good")
    if run.verdict == "requeue":
        return ("ran after it was handed back", "good"), ("ran", "good")
    several = len(attempt.executions) > 1
    return (("ran first", "good"),) if several else (("ran once", "good"), ("ran", "good"))


def _end_words(run: Execution) -> str:
    if run.outcome == "running":
        return "runs now"
    if run.outcome == "retried":
        return f"retried, goes on as r{run.retries + 1}"
    return "handed back" if run.outcome == "requeued" else outcome_word(run.outcome)

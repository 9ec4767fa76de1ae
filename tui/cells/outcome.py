"""The outcome: what became of a message, or of one of its runs, as a glyph, a word and a role."""

from __future__ import annotations

from rich.cells import cell_len

from lab.watch.model.accounts.account import Attempt, Execution, Outcome
from lab.watch.outputs.outcomes import last_run, outcome_word, poison_label
from tui.cells.table import Piece
from tui.cells.text import clean

SIGNS: dict[Outcome, Piece] = {
    "waiting": ("◷", "text"),
    "running": ("◆", "good"),
    "succeeded": ("◆", "good"),
    "failed": ("!", "bad"),
    "timed out": ("!", "bad"),
    "retried": ("→", "dim"),
    "replaced": ("→", "dim"),
    "cancelled": ("†", "warn"),
    "requeued": ("–", "warn"),
    "rejected": ("–", "dim"),
    "dropped": ("–", "dim"),
    "lost": ("†", "bad"),
    "revoked": ("–", "dim"),
    "expired": ("–", "dim"),
    "discarded": ("–", "warn"),
    "stopped": ("–", "warn"),
    "unknown": ("?", "warn"),
}
"""A glyph and its role; only what ran to a good end, or may still, has the good colour."""


def run_sign(run: Execution) -> Piece:
    """How one run is drawn. That it is a duplicate matters most, then how it ended."""
    if run.verdict == "duplicate":
        return "✖", "bad"
    if run.outcome == "lost":
        # What became of the message is said by its outcome: this run may have been made up for.
        return "†", "warn"
    if run.outcome not in ("succeeded", "running"):
        return SIGNS[run.outcome]
    if run.verdict == "unclear":
        return "?", "warn"
    if run.verdict == "recovery":
        return "↻", "good" if run.certain else "warn"
    return "◆", "good"


def outcome_pieces(attempt: Attempt, width: int) -> tuple[Piece, ...]:
    """What became of an attempt that is over, in the longest wording that fits `width` cells."""
    runs, outcome = attempt.executions, attempt.outcome
    sign, role = SIGNS[outcome]
    if duplicates := attempt.duplicates:
        doubt = "" if any(run.certain for run in duplicates) else "?"
        ran = f"✖ ran {len(runs)}×{doubt}"
        more = "" if outcome == "succeeded" else f" {sign} {outcome_word(outcome)}"
        return _with((ran, "bad"), (more, role), width)
    if outcome == "succeeded" and any(run.verdict == "unclear" for run in runs):
        return ((f"? ran {len(runs)}×", "warn"),)
    if outcome == "succeeded" and (recoveries := [run for run in runs if run.verdict == "recovery"]):
        certain = all(run.certain for run in recoveries)
        return (("↻ recovered", "good"),) if certain else (("↻ recovered?", "warn"),)
    if outcome == "succeeded":
        # Without a run: a worker found that it had succeeded, under a watch that had not begun.
        stopped = sum(copy.state == "stopped" for copy in attempt.deliveries)
        ran = f"◆ ran {len(runs)}×" if runs else "◆ succeeded"
        return _with((ran, "good"), (f" · {stopped} stopped" if stopped else "", "dim"), width)
    word = f"{sign} {outcome_word(outcome)}"
    last = last_run(attempt)
    if outcome == "lost" and last is not None and not last.paired and attempt.nowhere is None:
        word += "?"
    more = f" {clean(last.exception)}" if outcome == "failed" and last and last.exception else ""
    return _with((word, role), (more, "dim"), width)


def poison_piece(attempt: Attempt, width: int) -> Piece | None:
    """`† poison: 5 deaths, no end`, as much of it as fits `width` cells; None for any other message."""
    label = poison_label(attempt)
    if not label:
        return None
    shorter = label.removesuffix(", no end")
    words = next(
        (each for each in (label, shorter) if _fits(f"† {each}", width)), f"poison {attempt.deaths}×"
    )
    return f"† {words}", "bad"


def _with(piece: Piece, more: Piece, width: int) -> tuple[Piece, ...]:
    """A piece, and a further one where there is something in it that has room."""
    return (piece, more) if more[0] and _fits(piece[0] + more[0], width) else (piece,)


def _fits(words: str, width: int) -> bool:
    return cell_len(words) <= width

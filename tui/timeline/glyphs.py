"""The glyphs: how each kind of span and mark is drawn, in Unicode or in ASCII, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MarkKind = Literal[
    "sent",
    "delivered",
    "put back",
    "handed back",
    "to come",
    "first",
    "again",
    "recovery",
    "unclear",
    "will run",
    "done",
    "failed",
    "died",
    "goes on",
    "stopped",
    "gone",
    "lost",
]
"""What happened, or will happen, at one time."""

SpanKind = Literal[
    "queued",
    "hidden",
    "overdue",
    "held",
    "runs",
    "runs again",
    "runs unclear",
    "foretold",
    "range",
    "unknown",
]
"""What lasts for a while."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph, its stand-in, its role, and what it means, in a word or two."""

    sign: str
    plain: str
    role: str
    meaning: str = ""
    rank: int = 0
    """Of two marks in one cell the higher one is drawn."""


MARKS: dict[MarkKind, Glyph] = {
    "sent": Glyph("●", "*", "text", "sent", 5),
    "delivered": Glyph("▼", "v", "held", "taken by a worker", 4),
    "put back": Glyph("⟲", "@", "warn", "put back by a sweep", 6),
    "handed back": Glyph("↩", "<", "warn", "handed back", 6),
    "to come": Glyph("▽", "o", "dim", "to be put back", 3),
    "first": Glyph("◆", "R", "good", "runs", 8),
    "again": Glyph("✖", "X", "bad", "runs again", 10),
    "recovery": Glyph("↻", "r", "good", "runs after a crash", 8),
    "unclear": Glyph("?", "?", "warn", "", 8),
    "will run": Glyph("◇", "O", "held", "will run", 7),
    "done": Glyph("✔", "+", "good", "", 2),
    "failed": Glyph("!", "!", "bad", "failed", 3),
    "died": Glyph("†", "!", "bad", "died", 9),
    "goes on": Glyph("→", ">", "dim", "goes on", 3),
    "stopped": Glyph("■", "#", "warn", "did not run", 7),
    "gone": Glyph("┤", "]", "dim", "acknowledged", 1),
    "lost": Glyph("†", "!", "bad", "lost", 9),
}

SPANS: dict[SpanKind, Glyph] = {
    "queued": Glyph("╌", "~", "dim"),
    "hidden": Glyph("━", "=", "held"),
    "overdue": Glyph("▒", "%", "bad"),
    "held": Glyph("─", "-", "held"),
    "runs": Glyph("█", "#", "good"),
    "runs again": Glyph("█", "#", "bad"),
    "runs unclear": Glyph("█", "#", "warn"),
    "foretold": Glyph("┄", ".", "dim", "forecast"),
    "range": Glyph("░", ":", "dim", "some time here"),
    "unknown": Glyph("?", "?", "warn", "unknown"),
}

NOW = Glyph("│", "|", "head", "now")
ETA = Glyph("┊", ":", "path", "ETA")
EARLIER = Glyph("‹", "<", "dim")
LATER = Glyph("›", ">", "dim")

POOR = frozenset({"linux", "vt100", "vt102", "vt220", "ansi", "cons25"})
"""Terminals (`TERM`) whose fonts have few signs."""

WORDS = str.maketrans({"×": "x", "≥": ">", "–": "-", "…": "~", "·": ",", "◆": "", "†": "!"})
"""Signs within words, in ASCII."""


def needs_ascii(term: str, encoding: str) -> bool:
    """Whether a terminal is to be drawn on in ASCII: its font, or what is sent to it, has no other signs."""
    return term in POOR or not encoding.lower().replace("-", "").startswith("utf")

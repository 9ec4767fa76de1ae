"""What is told: a mood and some sentences. The screen shows the mood as a sign and a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.cells.durations import duration

Mood = Literal["calm", "wait", "bad", "good"]


@dataclass(frozen=True, slots=True)
class Story:
    """A mood, and two or three sentences."""

    mood: Mood
    words: str


def hidden_words(seconds: float | None) -> str:
    """A visibility timeout as a sentence says it; None where it is not known."""
    return duration(seconds) if seconds is not None else "a long time"

"""What is told: a mood and some sentences. The screen shows the mood as a sign and a colour."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from lab.watch.model.sweeping.settings import Hidden
from tui.cells.durations import duration

Mood = Literal["calm", "wait", "bad", "good", "failed", "lost", "gone", "unsure"]

STRANGER = "sooner than any known sweep would bring it, and who put it back is not known"
"""Of a delivery that nobody is known to have brought about."""


@dataclass(frozen=True, slots=True)
class Story:
    """A mood, and two or three sentences."""

    mood: Mood
    words: str


def hidden_value(hidden: Hidden) -> str:
    """For how long a message is hidden: `12 h`; with `?` behind where it is assumed or inferred."""
    timeout = hidden.timeout
    if timeout.value is not None:
        return duration(timeout.value) + ("" if timeout.ground == "known" else "?")
    if timeout.most == inf:
        return f"over {duration(timeout.least)}?" if timeout.least > 0 else "?"
    if timeout.least <= 0:
        return f"at most {duration(timeout.most)}?"
    return f"{duration(timeout.least)} to {duration(timeout.most)}?"


def hidden_ground(hidden: Hidden) -> str:
    """How that is known, in one clause; empty where the lab itself set it."""
    ground = hidden.timeout.ground
    if ground == "inferred":
        return "inferred from what was put back"
    if ground == "unknown":
        return "what was said is not so"
    if 0 < hidden.said < hidden.workers:
        return f"said by {hidden.said} of {hidden.workers}"
    if ground == "assumed":
        return "Celery's default, assumed"
    words = {
        "worker": f"said by {hidden.said} of {hidden.workers}",
        "app": "said by the app",
        "user": "as you said",
    }
    return words.get(hidden.by or "", "")


def hidden_words(hidden: Hidden) -> str:
    """Both, as a sentence says it."""
    ground = hidden_ground(hidden) if hidden.timeout.ground != "known" else ""
    return hidden_value(hidden).removesuffix("?") + (f" ({ground})" if ground else "")

"""A scenario: one way in which a Redis broker loses, repeats or stalls a Celery task, as a declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.experiments.setup import Setup
from lab.experiments.sign import Sign
from lab.experiments.step import Step

Effect = Literal["duplicate", "loss", "stall", "pile-up"]
EFFECTS: tuple[Effect, ...] = ("duplicate", "loss", "stall", "pile-up")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One failure mode: how it is brought about, and what counts as reproduced. Times are seconds."""

    id: str
    name: str
    effect: Effect
    expect: str
    """What will be seen, in two sentences."""
    why: str
    """The mechanism, in one sentence."""
    helps: str
    """What to do about it."""
    setup: Setup
    steps: tuple[Step, ...]
    reproduced: tuple[Sign, ...]
    """All of them must be seen."""
    links: tuple[str, ...]
    """Issues, such as `celery#2481`, or the place in the source, such as `kombu/transport/redis.py:Mutex`."""
    seconds: int
    """About how long it takes."""
    longest_wait: int = 0
    """The longest time that a message of it waits or runs, rightly, before it is acknowledged."""
    needs: str = ""
    """A package beyond the base install."""

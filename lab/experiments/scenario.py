"""A scenario: one way in which a Redis broker loses, repeats or stalls a Celery task, as a declaration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from lab.experiments.setup import Check, Setup
from lab.experiments.testbed import Testbed

Effect = Literal["duplicate", "loss", "stall", "pile-up"]
EFFECTS: tuple[Effect, ...] = ("duplicate", "loss", "stall", "pile-up")


class Step(Protocol):
    """One thing that is done, or waited for."""

    @property
    def says(self) -> str:
        """What it does, as a line in a list of steps."""

    def begin(self, testbed: Testbed) -> Check:
        """Do it, without blocking; what comes back says when it is over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a sign was there, and the evidence: what was seen, in words."""

    there: bool
    words: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that must be seen for a scenario to count as reproduced."""

    says: str
    look: Callable[[Testbed], Finding]


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

"""A sign: what must be seen for a scenario to count as reproduced, and the evidence that it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.experiments.tally import Tally
from lab.experiments.testbed import Testbed


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether a sign was there, and what was seen, in words."""

    there: bool
    words: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that must be seen for a scenario to count as reproduced."""

    says: str
    look: Callable[[Testbed, Tally], Evidence]

"""The progress of a run: its steps, done one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab.experiments.step import Check, Step
from lab.experiments.testbed import Testbed

Place = Literal["done", "current", "waiting"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it is shown."""

    says: str
    place: Place


class Progress:
    """The steps of a scenario, and how far they are."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        self.done = 0
        """How many are over, which is the index of the current one."""
        self._check: Check | None = None

    def go_on(self, testbed: Testbed) -> bool:
        """Begin what can be begun; whether all steps are over. Never blocks, raises `StepFailed`."""
        while self.done < len(self.steps):
            step = self.steps[self.done]
            if self._check is None:
                testbed.tell("step", step.says)
                self._check = step.begin(testbed)
            if not self._check():
                return False
            self._check = None
            self.done += 1
        return True

    def stages(self) -> list[Stage]:
        """The steps, with the current one marked."""
        return [Stage(step.says, self._place(n)) for n, step in enumerate(self.steps)]

    def _place(self, n: int) -> Place:
        if n < self.done:
            return "done"
        return "current" if n == self.done else "waiting"

"""A step: one thing that a scenario does, or waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from lab.experiments.background import Background
from lab.experiments.testbed import Testbed
from lab.watch.broker.refusal import refusal

T = TypeVar("T")

Check = Callable[[], bool]
"""Whether a step that was begun is over; never blocks, raises `StepFailed`."""


class StepFailed(RuntimeError):
    """A step cannot be done, so nothing can be said of the scenario; the text is one line."""


class Step(Protocol):
    """One thing that is done, or waited for."""

    @property
    def says(self) -> str:
        """What it does, as a line in a list of steps."""

    def begin(self, testbed: Testbed) -> Check:
        """Do it, without blocking; what comes back says when it is over."""


def in_background(
    testbed: Testbed, work: Callable[[], T], use: Callable[[T], None] = lambda _: None
) -> Check:
    """Do something that may block in a thread, and then, in the caller's own, `use` its result."""
    background = Background(work)

    def over() -> bool:
        if background.error:
            raise StepFailed(refusal(background.error, testbed.url))
        if background.done:
            use(background.result)
        return background.done

    return over

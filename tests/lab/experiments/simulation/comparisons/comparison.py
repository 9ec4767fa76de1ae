"""A comparison in which simulated workers are held against real ones, and what their plans have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.experiments.simulation.plan import Plan, PlannedWorker
from tests.lab.experiments.simulation.planning import worker

VERSIONS = ("5.3.6", "5.4.0", "5.6.3", "5.7.0")
"""Of Celery, of which there are recordings."""
NEWEST = VERSIONS[-1:]


@dataclass(frozen=True)
class Comparison:
    """One comparison; its messages have the names that they have in the recording."""

    plan: Callable[[str], Plan]
    recording: str = ""
    """The recording without its version."""
    versions: tuple[str, ...] = VERSIONS
    ordered: bool = True
    """Whether the order of events is no matter of chance."""
    certain: bool = True
    """Whether every history of it is the same, but for that order."""
    first: int | None = None
    """So many events alone are compared, and nothing else: it would go on for ever."""


def fast(version: str, timeout: float) -> dict[str, object]:
    """Settings of sweeps; before kombu 5.7 they are fixed at every tenth of 10 s."""
    interval, throttle = (1.0, 1) if version == "5.7.0" else (10.0, 10)
    return {"timeout": timeout, "interval": interval, "throttle": throttle}


def one(version: str, starts: float = 0.0, name: str = "w1@sim", **more: object) -> PlannedWorker:
    """A worker of a version, with kombu's own sweep unless something else is said."""
    options: dict[str, object] = {"timeout": 600.0, "interval": 10.0, "throttle": 10, "slots": 4}
    options |= {"prefetch": 16, "release": "5.4" if version < "5.5" else version[:3]}
    return worker(name, starts, **{**options, **more})

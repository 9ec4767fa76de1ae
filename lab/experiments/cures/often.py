"""Sweeping more often: unacked_restore_interval and unacked_restore_throttle."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """A sweep every second, on every worker."""
    setup = scenario.setup
    often = tuple(replace(spec, restore_interval=1, restore_throttle=1) for spec in setup.workers)
    return replace(setup, workers=often)


CURE = Cure(
    id="sweep-often",
    name="unacked_restore_interval and unacked_restore_throttle of 1",
    guarantees="what is overdue is handed out again within a second",
    costs="a lock and a range query every second for each worker; kombu 5.7 or later",
    claims=("T1",),
    doubted=("T2", "T5"),
    change=change,
)

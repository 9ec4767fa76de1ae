"""A visibility timeout above the longest wait, on every worker of the db."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup
from lab.rig.workers import WorkerSpec

BEYOND = 60
"""Seconds that the timeout is set above the longest wait of a scenario."""


def change(scenario: Scenario) -> Setup:
    """Every worker hides messages for longer than any of them waits or runs."""

    def lengthened(spec: WorkerSpec) -> WorkerSpec:
        return replace(spec, visibility_timeout=max(spec.visibility_timeout, scenario.longest_wait + BEYOND))

    setup = scenario.setup
    return replace(
        setup,
        workers=tuple(lengthened(spec) for spec in setup.workers),
        later=tuple(lengthened(spec) for spec in setup.later),
    )


CURE = Cure(
    id="visibility-timeout",
    name="a visibility timeout above the longest wait",
    guarantees="no redelivery of what merely waits or runs, if every app on the db has it",
    costs="what a dead worker held comes back only after that time",
    claims=("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D11", "T8"),
    doubted=("D10", "D12", "L1"),
    change=change,
)

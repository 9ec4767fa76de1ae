"""A probe that loads the app, and so sweeps with the app's visibility timeout."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """`celery -A APP inspect ping`, with the settings that the workers have."""
    return replace(scenario.setup, probe="app")


CURE = Cure(
    id="probe-with-app",
    name="celery -A APP for every probe, script and monitor",
    guarantees="the probe still sweeps, but puts back nothing that the workers would not put back themselves",
    costs="it imports the app and must be given the settings of the workers; who forgets it sweeps again",
    claims=("D12",),
    doubted=(),
    change=change,
)

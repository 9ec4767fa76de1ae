"""A probe whose transport neither records nor restores unacked messages."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The workers are asked by `lab.app.cures.ping`."""
    return replace(scenario.setup, probe="no-ack-emulation")


CURE = Cure(
    id="no-ack-emulation",
    name="ack_emulation: False in the probe's transport options",
    guarantees="the probe never sweeps, whatever its visibility timeout",
    costs=(
        "a few lines of Python or a configuration module for the probe; never for workers, which would lose"
        " what they hold when they die"
    ),
    claims=("D12",),
    doubted=(),
    change=change,
)

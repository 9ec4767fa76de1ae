"""A supervisor that starts a worker again."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """A worker that ended by itself is started again, as systemd or a container platform does."""
    return replace(scenario.setup, supervised=True)


CURE = Cure(
    id="supervisor",
    name="a supervisor that starts workers again",
    guarantees="what waits on the broker is served again",
    costs="what the worker held in memory, and the broker lost, stays lost",
    claims=("L7",),
    doubted=("L1",),
    change=change,
)

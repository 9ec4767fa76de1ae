"""Re-scheduling hops: see `lab.app.cures.hops`."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup

QUEUE_WAIT = 2
"""Seconds less than the visibility timeout that a hop is long: what it may wait besides."""


def change(scenario: Scenario) -> Setup:
    """Tasks with a countdown are sent in hops shorter than the visibility timeout."""
    setup = scenario.setup
    return replace(
        setup,
        delay="hops",
        hop=max(1, setup.hidden - QUEUE_WAIT),
        conf={**setup.conf, "imports": ["lab.app.cures.hops"]},
    )


CURE = Cure(
    id="hops",
    name="re-scheduling hops, each shorter than the visibility timeout",
    guarantees="no message waits for longer than the timeout because of its ETA",
    costs="a message and a new id for each hop; a crash between two hops loses the task",
    claims=("D1", "D7"),
    doubted=("D2",),
    change=change,
)

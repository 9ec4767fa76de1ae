"""A key prefix for each app on a db."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """Every worker but the first, which stand for other apps, gets a prefix of its own."""
    setup = scenario.setup
    others = tuple(
        replace(spec, environment={**spec.environment, "LAB_PREFIX": f"app{n}:"})
        for n, spec in enumerate(setup.workers[1:], 2)
    )
    return replace(setup, workers=(*setup.workers[:1], *others))


CURE = Cure(
    id="own-prefix",
    name="a global_keyprefix (or a db) for each app",
    guarantees="no other app's sweep, clock or timeout touches this app's messages",
    costs="operations: producers, workers and monitors of an app must all agree on it",
    claims=("D6",),
    doubted=(),
    change=change,
)

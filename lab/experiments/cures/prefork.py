"""One worker with the prefork pool in a gevent fleet."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The last worker of the fleet runs a prefork pool."""
    setup = scenario.setup
    return replace(setup, workers=(*setup.workers[:-1], replace(setup.workers[-1], pool="prefork")))


CURE = Cure(
    id="one-prefork",
    name="one prefork worker on the db",
    guarantees="somebody sweeps on time for all",
    costs="one more process, which also needs a queue that does not take work it should not run",
    claims=("T5",),
    doubted=(),
    change=change,
)

"""worker_disable_prefetch: a worker takes no more than its pool can run."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The setting, on every worker."""
    return replace(scenario.setup, conf={**scenario.setup.conf, "worker_disable_prefetch": True})


CURE = Cure(
    id="no-prefetch",
    name="worker_disable_prefetch",
    guarantees="no message waits in a worker for a free pool child",
    costs="throughput: each task costs a round trip before it starts",
    claims=("D4",),
    doubted=("D1", "P1"),
    change=change,
)

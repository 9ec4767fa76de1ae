"""task_reject_on_worker_lost: a message goes back when its pool child dies."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The setting, on every worker; it needs acks_late."""
    return replace(scenario.setup, conf={**scenario.setup.conf, "task_reject_on_worker_lost": True})


CURE = Cure(
    id="reject-lost",
    name="task_reject_on_worker_lost",
    guarantees="with acks_late, a task whose pool child died is run again",
    costs="a task that always kills its child does so for ever; it must be idempotent",
    claims=("L2",),
    doubted=("L1",),
    change=change,
)

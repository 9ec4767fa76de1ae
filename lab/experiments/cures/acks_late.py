"""acks_late: a message is acknowledged when its task has ended."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The setting, on every worker."""
    return replace(scenario.setup, conf={**scenario.setup.conf, "task_acks_late": True})


CURE = Cure(
    id="acks-late",
    name="task_acks_late",
    guarantees="a task whose worker died is run again, after the visibility timeout and a sweep",
    costs="the task must be idempotent, and shorter than the visibility timeout (D3)",
    claims=("L1",),
    doubted=("L3", "D1"),
    change=change,
)

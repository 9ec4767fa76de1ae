"""worker_deduplicate_successful_tasks: a copy whose result is stored already is skipped."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """A result backend, acks_late, and the setting itself."""
    more = {
        "worker_deduplicate_successful_tasks": True,
        "task_acks_late": True,
        "task_ignore_result": False,
        "result_backend": "$BROKER_URL",
    }
    return replace(scenario.setup, conf={**scenario.setup.conf, **more})


CURE = Cure(
    id="dedup",
    name="worker_deduplicate_successful_tasks",
    guarantees="a redelivered copy is skipped once the success of another is stored",
    costs="acks_late and a result backend; copies that start at the same time all run",
    claims=("D4",),
    doubted=("D1", "D3"),
    change=change,
)

"""A lock on (task id, retries): see `lab.app.cures.lock`."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """Every task takes the lock before it runs."""
    return replace(scenario.setup, task_class="lab.app.cures.lock:Locked")


CURE = Cure(
    id="lock",
    name="a lock on (task id, retries)",
    guarantees="one start for each attempt, as long as the lock's key lives",
    costs="a server for it; its time must exceed the longest wait; a crash while it is held loses the task",
    claims=("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10"),
    doubted=("D11", "L1"),
    change=change,
)

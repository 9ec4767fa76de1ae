"""worker_eta_task_limit: how far ETA messages may raise the prefetch limit."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup

LIMIT = 20


def change(scenario: Scenario) -> Setup:
    """The setting, on every worker."""
    return replace(scenario.setup, conf={**scenario.setup.conf, "worker_eta_task_limit": LIMIT})


CURE = Cure(
    id="eta-limit",
    name=f"worker_eta_task_limit = {LIMIT}",
    guarantees="a worker holds no more messages than that",
    costs="what does not fit waits in the queue behind them, also past its own ETA",
    claims=("P1",),
    doubted=("D1",),
    change=change,
)

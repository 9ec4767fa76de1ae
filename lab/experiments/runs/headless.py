"""A run without a screen: looked at until it has its verdict."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lab.experiments.cure import Cure
from lab.experiments.runs.log import LogLine
from lab.experiments.runs.run import ScenarioRun
from lab.experiments.runs.verdict import ScenarioVerdict
from lab.experiments.scenario import Scenario

LOOK_EVERY = 0.1
"""Seconds between two looks."""


def run_headless(
    scenario: Scenario,
    cure: Cure | None,
    stopped: threading.Event,
    tell: Callable[[LogLine], None] = lambda _: None,
) -> ScenarioVerdict:
    """Run it to its end, or until `stopped` is set, and end its rig. Blocks; `tell` gets each line once."""
    run = ScenarioRun(scenario, cure)
    shown = 0
    try:
        while True:
            run.look()
            for line in run.log[shown:]:
                tell(line)
            shown = len(run.log)
            if run.verdict:
                return run.verdict
            if stopped.wait(LOOK_EVERY):
                run.stop()
    finally:
        run.close()

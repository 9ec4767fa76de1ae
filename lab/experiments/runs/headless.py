"""Driving: a scenario run to its verdict without a screen."""

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
    running = ScenarioRun(scenario, cure)
    told = 0
    try:
        while not running.done:
            if stopped.wait(LOOK_EVERY):
                running.stop()
            running.look()
            for line in running.story[told:]:
                tell(line)
            told = len(running.story)
        for line in running.story[told:]:
            tell(line)
    finally:
        running.close()
    assert running.verdict is not None
    return running.verdict

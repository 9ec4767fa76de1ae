"""Driving: a scenario run to its verdict without a screen."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lab.mitigations.cure import Cure
from lab.scenarios.running import Running
from lab.scenarios.scenario import Scenario
from lab.scenarios.story import Told
from lab.scenarios.verdict import Verdict

LOOK_EVERY = 0.1
"""Seconds between two looks."""


def drive(
    scenario: Scenario,
    cure: Cure | None,
    stopped: threading.Event,
    tell: Callable[[Told], None] = lambda _: None,
) -> Verdict:
    """Run it to its end, or until `stopped` is set, and end its rig. Blocks; `tell` gets each line once."""
    running = Running(scenario, cure)
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

"""Simulated workers do what real ones did: their events, deliveries, runs and what the books say in the end.

What real workers did was recorded, with what their tasks noted themselves (`tests/recordings`).
"""

from __future__ import annotations

import pytest

from .scenarios.index import SCENARIOS
from .scenarios.scenario import Scenario
from .seen import Seen, recorded, simulated

CASES = [(name, version) for name, scenario in SCENARIOS.items() for version in scenario.versions]


@pytest.mark.parametrize(("name", "version"), CASES)
def test_real_workers_did_what_simulated_ones_do(name: str, version: str) -> None:
    scenario = SCENARIOS[name]
    hold(scenario, recorded(f"{scenario.recording}-{version}"), version)


def hold(scenario: Scenario, real: dict[str, Seen], version: str) -> None:
    """Hold the histories of one scenario against what real workers did."""
    histories = simulated(scenario.plan(version))
    for message in histories[0]:
        found = {compared(scenario, history[message]) for history in histories}
        assert compared(scenario, real[message]) in found
        assert len(found) == 1 or not scenario.certain


def compared(scenario: Scenario, seen: Seen) -> object:
    """What of it is no matter of chance."""
    if scenario.first is not None:
        return seen.events[: scenario.first]
    return seen if scenario.ordered else seen.unordered()

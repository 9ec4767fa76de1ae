"""Simulated workers do what real ones did: their events, deliveries, runs and what the books say in the end.

What real workers did was recorded, with what their tasks noted themselves (`tests/recordings`).
"""

from __future__ import annotations

import pytest

from .comparisons.comparison import Comparison
from .comparisons.index import COMPARISONS
from .seen import SeenMessage, recorded, simulated

CASES = [(name, version) for name, comparison in COMPARISONS.items() for version in comparison.versions]


@pytest.mark.parametrize(("name", "version"), CASES)
def test_real_workers_did_what_simulated_ones_do(name: str, version: str) -> None:
    comparison = COMPARISONS[name]
    hold(comparison, recorded(f"{comparison.recording}-{version}"), version)


def hold(comparison: Comparison, real: dict[str, SeenMessage], version: str) -> None:
    """Hold the histories of one comparison against what real workers did."""
    histories = simulated(comparison.plan(version))
    for message in histories[0]:
        found = {compared(comparison, history[message]) for history in histories}
        assert compared(comparison, real[message]) in found
        assert len(found) == 1 or not comparison.certain


def compared(comparison: Comparison, seen: SeenMessage) -> object:
    """What of it is no matter of chance."""
    if comparison.first is not None:
        return seen.events[: comparison.first]
    return seen if comparison.ordered else seen.unordered()

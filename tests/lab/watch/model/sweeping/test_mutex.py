"""The mutex: a long sweep is told from one that died."""

from __future__ import annotations

from lab.watch.model.sweeping.mutex import LONG_SWEEP, stuck_for


def test_a_mutex_that_is_free_or_held_for_a_moment_is_not_stuck() -> None:
    assert stuck_for(None, 100.0) is None
    assert stuck_for(100.0, 100.0 + LONG_SWEEP) is None


def test_one_that_is_held_longer_than_a_sweep_takes_is() -> None:
    assert stuck_for(100.0, 160.0) == 60.0

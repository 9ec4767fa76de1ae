"""Asking workers for their settings."""

from __future__ import annotations

from typing import Any

import pytest

from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.facts import AnyFact, Configured
from lab.watch.sources.inspection import Inspection, configured
from tests.waiting import wait_until


def test_workers_tell_what_they_run_with() -> None:
    told: list[AnyFact] = []
    with Rig.start(Settings(workers=1, visibility_timeout=7, restore_interval=2)) as rig:
        rig.wait_ready(20)
        wait_until(lambda: "ready." in _log(rig), 20, "the worker")
        fleet = Inspection(rig.state.url or "", "", told.append)
        fleet.start()
        wait_until(lambda: told)
        fleet.stop()
        fleet.join(5)
    (fact, *_) = told
    assert isinstance(fact, Configured)
    assert (fact.worker, fact.visibility_timeout, fact.interval, fact.throttle, fact.pool) == (
        "w1@lab",
        7.0,
        2.0,
        1,
        "prefork",
    )


def test_no_transport_options_mean_kombus_defaults() -> None:
    fact = configured("w", {"broker": {"transport_options": {}}, "pool": {}}, 1.0)
    assert fact and (fact.visibility_timeout, fact.interval, fact.throttle) == (3600.0, 10.0, 10)


@pytest.mark.parametrize(
    "stats", [None, [], {}, {"broker": 5}, {"broker": {"transport_options": {"visibility_timeout": "x"}}}]
)
def test_an_answer_that_does_not_fit_says_nothing(stats: Any) -> None:
    assert configured("w", stats, 1.0) is None


def _log(rig: Rig) -> str:
    from pathlib import Path

    worker = rig.state.worker("w1@lab")
    return Path(worker.log).read_text() if worker and worker.log and Path(worker.log).exists() else ""

"""Advice: one rounding and one margin, whether the wait is known beforehand or was seen."""

from __future__ import annotations

import pytest
from msgspec import structs

from lab.watch.findings.timeout_advice import roomy_timeout, smallest_timeout, timeout_for
from tests.lab.watch.telling import Telling, only, redelivered


@pytest.mark.parametrize(
    ("wait", "timeout"),
    [(0, 1), (9.5, 10), (28, 29), (27.996, 29), (28.004, 29), (120, 121), (7_200, 7_201)],
)
def test_the_smallest_timeout_is_whole_and_strictly_above_the_wait(wait: float, timeout: int) -> None:
    assert smallest_timeout(wait) == timeout > wait


@pytest.mark.parametrize(("wait", "timeout"), [(0, 60), (30, 60), (50, 80), (120, 150), (7_200, 7_230)])
def test_a_roomy_timeout_leaves_half_a_minute(wait: float, timeout: int) -> None:
    assert roomy_timeout(wait) == timeout >= smallest_timeout(wait)


def test_of_an_eta_it_is_counted_from_the_sending() -> None:
    assert timeout_for(only(redelivered())) == smallest_timeout(28)


def test_without_an_eta_it_must_outlast_the_first_run() -> None:
    told = Telling(eta=None).settings().received(0, "w1").started(0.1, "w1").received(5.1, "w2")
    told.started(5.2, "w2").succeeded(13, "w1", 12.9).succeeded(18.1, "w2", 12.9)
    assert timeout_for(only(told)) == smallest_timeout(13)


def test_none_is_named_where_it_ran_once() -> None:
    assert timeout_for(only(redelivered("w1"))) is None


def test_none_is_named_where_the_holder_did_not_run_it_at_its_eta() -> None:
    told = Telling(eta=5).settings(8).sent(0).received(0.1, "w1").received(9, "w2")
    told.started(9.1, "w2").succeeded(9.2, "w2", 0.1).started(9.3, "w1").succeeded(9.4, "w1", 0.1)
    attempt = only(told)
    assert len(attempt.duplicates) == 1 and timeout_for(attempt) is None


def test_none_is_named_where_a_time_is_no_number() -> None:
    attempt = only(redelivered())
    assert timeout_for(structs.replace(attempt, eta=float("inf"))) is None

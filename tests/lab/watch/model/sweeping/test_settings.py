"""The settings of workers: who said them, what is only assumed, and that they go with their worker."""

from __future__ import annotations

from math import inf

import pytest

from lab.watch.facts import Configured, Offline, Online, SaidBy
from lab.watch.model.sweeping.settings import ASSUMED, Timeout, TransportSettings, bounded, said


def settings(*facts: Configured | Offline | Online) -> TransportSettings:
    known = TransportSettings()
    for fact in facts:
        known.apply(fact)
    return known


def says(worker: str, timeout: float | None, at: float = 1.0, by: SaidBy = "worker") -> Configured:
    return Configured(at=at, worker=worker, visibility_timeout=timeout, by=by)


def test_what_nobody_said_is_celerys_default_and_only_assumed() -> None:
    hidden = settings().hidden(["a", "b"])
    assert (hidden.timeout, hidden.said, hidden.workers) == (ASSUMED, 0, 2)
    assert hidden.timeout.value == 3600 and (hidden.timeout.least, hidden.timeout.most) == (0, inf)


def test_the_smallest_of_those_that_are_up_is_in_force() -> None:
    hidden = settings(says("a", 60), says("b", 5), says("gone", 1)).hidden(["a", "b"])
    assert (hidden.timeout, hidden.said, hidden.by) == (said(5), 2, "worker")


def test_who_has_not_said_it_may_have_another_one() -> None:
    hidden = settings(says("a", 43_200), says("b", 43_200)).hidden(["a", "b", "c"])
    assert (hidden.timeout.value, hidden.timeout.ground) == (43_200, "assumed")
    assert (hidden.said, hidden.workers) == (2, 3)


def test_what_a_worker_says_of_itself_is_better_than_what_its_app_says() -> None:
    known = settings(says("", 3600, by="app"), says("a", 60))
    assert known.of("a").timeout == said(60) and known.of("b").timeout == said(3600)


def test_a_rolling_deploy_does_not_leave_the_old_settings_in_force() -> None:
    known = settings(says("a", 5), Offline(at=2, worker="a", pid=1), Online(at=3, worker="a", pid=2))
    assert known.of("a").timeout == ASSUMED
    known.apply(says("a", 3600, at=4))
    assert known.hidden(["a"]).timeout == said(3600)


def test_who_was_killed_and_started_anew_has_to_say_its_settings_again() -> None:
    said_before = Configured(at=5, seen=5, worker="a", pid=1, visibility_timeout=5)
    known = settings(said_before, Online(at=9, seen=9, worker="a", pid=2))
    assert known.of("a").timeout == ASSUMED, "no word of its end was heard"
    late = Configured(at=4, seen=10, worker="a", pid=1, visibility_timeout=5)
    known.apply(late)
    assert known.of("a").timeout == ASSUMED, "the old process answered late"
    known.apply(Configured(at=11, seen=11, worker="a", pid=2, visibility_timeout=60))
    assert known.of("a").timeout == said(60)


def test_a_process_that_only_lost_its_connection_runs_with_what_it_ran_with() -> None:
    known = settings(says("a", 5), Offline(at=2, worker="a", pid=1), Online(at=3, worker="a", pid=1))
    assert known.of("a").timeout == said(5)


@pytest.mark.parametrize("swap", [False, True])
def test_the_order_in_which_it_is_heard_does_not_matter(swap: bool) -> None:
    facts = [says("a", 5, at=1), says("a", 60, at=2)]
    assert settings(*(reversed(facts) if swap else facts)).of("a").timeout == said(60)


def test_a_number_that_cannot_be_makes_no_period_of_nothing() -> None:
    known = settings(Configured(at=1, worker="a", interval=0.0, throttle=0))
    assert known.of("a").period > 0


@pytest.mark.parametrize(
    ("timeout", "outlived", "restored", "found"),
    [
        (said(60), 30, 70, said(60)),
        (said(60), 90, inf, Timeout(90, inf, "unknown")),
        (said(60), 0, 10, Timeout(0, 10, "unknown")),
        (ASSUMED, 100, inf, Timeout(100, inf, "assumed", 3600)),
        (ASSUMED, 5, 8, Timeout(5, 8, "inferred")),
        (ASSUMED, 4000, inf, Timeout(4000, inf, "inferred")),
    ],
)
def test_what_was_seen_is_stronger_than_what_was_assumed_or_said(
    timeout: Timeout, outlived: float, restored: float, found: Timeout
) -> None:
    assert bounded(timeout, outlived, restored) == found


def test_anybodys_client_may_sweep_after_an_hour() -> None:
    assert settings(says("a", 43_200)).soonest(0.0) == 3600
    assert settings(says("a", 5)).soonest(2.0) == 3
    assert settings().soonest(0.0) is None

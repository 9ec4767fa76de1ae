"""The forecast: the next redelivery, and the number of runs by the ETA."""

from __future__ import annotations

from math import inf

import pytest

from lab.watch import facts
from lab.watch.model.forecast import FURTHEST, RunCount
from lab.watch.model.sweeping.window import Window
from tests.lab.watch.telling import ZERO, Telling, modelled


def test_the_redelivery_is_the_first_sweep_after_hidden_until() -> None:
    told = Telling().settings(8, 10, 10).totals(0).online(1, "w1").swept(90.95, 91.05).sent(95).payload(95)
    coming = modelled(told.popped(95).totals(102).facts).forecast.redelivery(ZERO + 95, ZERO + 103)
    assert coming and coming.worker == "w1" and coming.basis == "once"
    assert coming.window.middle - ZERO == pytest.approx(191, abs=0.1)


def test_before_a_sweep_was_seen_the_redelivery_is_a_range() -> None:
    told = Telling().settings(8, 10, 10).online(1, "w1").sent(5).payload(5).popped(5)
    coming = modelled(told.facts).forecast.redelivery(ZERO + 5, ZERO + 10)
    assert coming and coming.basis == "assumed" and coming.window.error > 4


def test_without_a_worker_nobody_redelivers() -> None:
    told = Telling().settings().sent(0).payload(0).popped(0)
    assert modelled(told.facts).forecast.redelivery(ZERO, ZERO + 1) is None


def test_while_nobody_is_known_to_sweep_the_runs_have_no_upper_bound() -> None:
    told = Telling().settings().sent(0).payload(0).popped(0).received(0.01, "w1")
    model = modelled(told.facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    assert model.forecast.runs(attempt, ZERO + 1) == RunCount(1, 1, endless=True)


def test_a_sweeper_that_misses_its_sweeps_is_not_counted_on() -> None:
    told = Telling().settings(5, 1, 1).online(1, "w1").swept(2.0, 2.1).sent(2).payload(2).popped(2)
    forecast = modelled(told.facts).forecast
    assert forecast.redelivery(ZERO + 2, ZERO + 3) is not None
    coming = forecast.redelivery(ZERO + 2, ZERO + 60)
    # Its worker is up all the same: it may sweep at any time.
    assert coming and coming.window == Window(ZERO + 60, inf) and coming.unseen == 1


def test_a_worker_with_a_smaller_timeout_redelivers_what_others_hold() -> None:
    told = Telling().settings(60, 1, 1, "w1").settings(5, 1, 1, "w2").online(1, "w1").online(1, "w2")
    told.sent(2).payload(2).popped(2).received(2.01, "w1")
    coming = modelled(told.facts).forecast.redelivery(ZERO + 2, ZERO + 3)
    assert coming and coming.worker == "w2" and coming.window.latest < ZERO + 9


@pytest.mark.parametrize(
    ("timeout", "interval", "throttle", "eta", "runs"),
    [
        # Timelines of one worker that were measured: the default sweep, the fast one, and the cure.
        (8, 10, 10, 215, 3),
        (5, 1, 1, 30.1, 6),
        (5, 1, 1, 31, 6),
        (60, 1, 1, 30, 1),
        (5, 1, 1, 7200, 1440),
    ],
)
def test_the_number_of_runs_is_known_as_soon_as_settings_and_eta_are(
    timeout: float, interval: float, throttle: int, eta: float, runs: int
) -> None:
    told = Telling(eta=eta).settings(timeout, interval, throttle).online(1.05, "w1")
    told.sent(2.1).payload(2.1).popped(2.1).received(2.102, "w1").swept(0.9, 1.0)
    if throttle == 1:
        told.swept(1.95, 2.05)
    model = modelled(told.facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    forecast = model.forecast.runs(attempt, ZERO + 2.3)
    if runs > FURTHEST:
        assert forecast and forecast.endless and forecast.least > FURTHEST
    else:
        assert forecast == RunCount(runs, runs)


def test_two_workers_with_their_own_phases() -> None:
    told = Telling(eta=215).settings(8, 10, 10).totals(0).online(1.28, "w1").online(32.84, "w2")
    told.sent(2).payload(2).popped(2).received(2.01, "w1")
    told.swept(91.28, 91.3).popped(91.3).received(91.31, "w2").totals(102).swept(122.85, 122.87).popped(
        122.87
    )
    told.received(122.88, "w1").totals(134)
    model = modelled(told.facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    assert model.forecast.runs(attempt, ZERO + 134) == RunCount(4, 4)


def test_a_redelivery_that_its_worker_told_of_is_not_still_to_come_until_the_index_is_read() -> None:
    told = Telling(eta=30).settings(5, 1, 1).online(1.05, "w1").sent(2.1)
    told.payload(2.1).popped(2.1).received(2.102, "w1")
    for second in range(3, 9):
        told.swept(second, second + 0.1)
    told.received(8.06, "w1")
    model = modelled(told.facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    before = model.forecast.runs(attempt, ZERO + 8.07)
    model = modelled(told.popped(8.055).facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    assert before == model.forecast.runs(attempt, ZERO + 8.07) == RunCount(6, 6)


def test_what_was_acknowledged_is_not_redelivered_any_more() -> None:
    told = Telling().settings().online(0, "w1").sent(1).payload(1).popped(1).received(1.01, "w1").left(3)
    model = modelled(told.facts)
    (attempt,) = model.ledger.accounts["task-1"].attempts
    assert model.forecast.runs(attempt, ZERO + 4) == RunCount(1, 1)


def test_busy_workers_pop_what_a_sweep_put_back_when_they_have_room() -> None:
    told = Telling().settings(8, 10, 10).totals(0).online(1, "w1").swept(90.95, 91.05).payload(95).popped(95)
    for second in range(96, 103):
        told.facts.append(facts.Totals(at=ZERO + second, seen=ZERO + second, queued=7))
    forecast = modelled(told.facts).forecast
    coming = forecast.redelivery(ZERO + 95, ZERO + 102)
    assert (
        coming
        and coming.window.latest == inf
        and coming.window.earliest == pytest.approx(ZERO + 191, abs=0.1)
    )
    coming = modelled(told.totals(103).facts).forecast.redelivery(ZERO + 95, ZERO + 103)
    assert coming and coming.window.latest < inf


def test_each_copy_of_a_retry_publishes_a_next_one_of_its_own() -> None:
    told = Telling().settings(60, 1, 1).online(0, "w1").sent(1).payload(1).popped(1).received(1.01, "w1")
    told.received(6.0, "w1").started(28, "w1").started(28.1, "w1").retried(28.2, "w1").retried(28.3, "w1")
    told.tag, told.eta = "tag-2", 40
    told.payload(28.3, retries=1).popped(28.3).received(28.31, "w1", retries=1)
    model = modelled(told.facts)
    runs = model.forecast.runs(model.ledger.accounts["task-1"].attempts[-1], ZERO + 29)
    assert runs and runs.endless and runs.least == 1


def test_right_after_attaching_it_is_not_said_that_nobody_sweeps() -> None:
    told = Telling().settings().payload(0).popped(0)
    told.facts.append(facts.Connected(at=ZERO + 1, seen=ZERO + 1, source="events"))
    forecast = modelled(told.facts).forecast
    coming = forecast.redelivery(ZERO, ZERO + 2)
    assert coming and coming.window.latest == inf
    assert forecast.redelivery(ZERO, ZERO + 9) is None

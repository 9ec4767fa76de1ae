"""The schedule: phases of sweeps from what was seen of them."""

from __future__ import annotations

from math import inf

import pytest

from lab.watch import facts
from lab.watch.model.sweeping.window import Window
from tests.lab.watch.telling import ZERO, Telling, modelled


def seconds(at: float) -> float:
    return at - ZERO


def test_before_any_sweep_was_seen_the_forecast_is_a_range() -> None:
    told = Telling().settings(8, 10, 10).online(1, "w1")
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 2) or pytest.fail("nobody sweeps")
    assert sweeper.worker == "w1" and sweeper.seen == 0
    assert seconds(window.earliest) == pytest.approx(89.8, abs=0.1)
    assert seconds(window.latest) == pytest.approx(101, abs=0.2)


@pytest.mark.parametrize("first", [91.07, 101.05])
def test_one_sweep_seen_makes_it_an_instant(first: float) -> None:
    told = Telling().settings(8, 10, 10).totals(0).online(1.05, "w1").swept(first - 0.1, first + 0.1)
    told.totals(110)
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 120) or pytest.fail("nobody sweeps")
    assert (sweeper.worker, sweeper.seen) == ("w1", 1)
    assert window.error < 0.2
    assert seconds(window.middle) == pytest.approx(first + 100.02, abs=0.1)


def test_the_sweep_at_connect_says_when_that_was_and_does_not_count_as_seen() -> None:
    told = Telling().settings(8, 10, 10).totals(-1).swept(0.3, 0.5).totals(1).online(1.05, "w1").totals(1.2)
    for order in (told.facts, told.facts[::-1]):
        sweeper, window = modelled(order).sweeps.next_sweep(ZERO + 2) or pytest.fail("nobody sweeps")
        assert sweeper.seen == 0
        assert seconds(window.earliest) == pytest.approx(90.3, abs=0.1)
        assert seconds(window.latest) == pytest.approx(100.5, abs=0.1)


def test_two_workers_keep_their_phases() -> None:
    told = Telling().settings(8, 10, 10).totals(0).online(1.28, "w1").online(32.84, "w2")
    told.swept(91.2, 91.4).totals(110).swept(122.8, 123.0).totals(134)
    schedule = modelled(told.facts).sweeps
    sweeper, window = schedule.next_sweep(ZERO + 130) or pytest.fail("nobody sweeps")
    assert sweeper.worker == "w1" and seconds(window.middle) == pytest.approx(191.3, abs=0.15)
    sweeper, window = schedule.next_sweep(ZERO + 195) or pytest.fail("nobody sweeps")
    assert sweeper.worker == "w2" and seconds(window.middle) == pytest.approx(222.9, abs=0.15)


def test_further_sweeps_do_not_widen_the_phase() -> None:
    told = Telling().settings(8, 10, 10).online(1, "w1").swept(90.9, 91.1)
    told.swept(191.0, 191.2).swept(290.98, 291.18)
    assert modelled(told.facts).sweeps.sweepers[0].last.error < 0.1


def test_a_reconnect_resets_the_phase() -> None:
    told = (
        Telling().settings(8, 10, 10).online(1, "w1").swept(90.9, 91.1).offline(120, "w1").online(125, "w1")
    )
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 126) or pytest.fail("nobody sweeps")
    assert sweeper.seen == 0 and seconds(window.earliest) > 213


def test_a_command_that_nobody_was_expected_to_send_is_no_sweep() -> None:
    """Another app's ZRANGE moves the server's counters just as a sweep does."""
    told = Telling().settings(8, 10, 10).online(1, "w1").swept(90.9, 91.1)
    for n in range(40):
        told.swept(92 + 3 * n, 92.2 + 3 * n)
    sweeps = modelled(told.facts).sweeps
    assert [sweeper.worker for sweeper in sweeps.sweepers] == ["w1"]
    _, window = sweeps.next_sweep(ZERO + 212) or pytest.fail("nobody sweeps")
    assert window.earliest <= ZERO + 291.05 <= window.latest


def test_a_connection_that_swept_is_a_sweeper_from_the_first_look() -> None:
    """Attached in the middle: `idle` dates its last sweep."""
    told = Telling().settings(8, 10, 10, by="user").connection_swept(17, 40.0, 41.0)
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 50) or pytest.fail("nobody sweeps")
    assert (sweeper.worker, sweeper.connection) == ("", 17)
    assert window.earliest <= ZERO + 140.01 and window.latest >= ZERO + 141 and window.error < 0.6


def test_the_connection_of_a_worker_is_known_by_when_it_was_opened() -> None:
    told = Telling().settings(8, 10, 10).online(1, "w1").online(40, "w2")
    told.connection_swept(17, 90.5, 91.5, connected=0.5).connection_swept(18, 130.0, 131.0, connected=39.4)
    named = {sweeper.worker: sweeper.connection for sweeper in modelled(told.facts).sweeps.sweepers}
    assert named == {"w1": 17, "w2": 18}


def test_counters_sharpen_the_sweep_of_a_connection() -> None:
    told = Telling().settings(8, 10, 10).totals(39).swept(40.3, 40.5).connection_swept(17, 40.0, 41.0)
    told.totals(41.1)
    (sweeper,) = modelled(told.facts).sweeps.sweepers
    assert (seconds(sweeper.last.earliest), seconds(sweeper.last.latest)) == pytest.approx((40.3, 40.5))


def test_counters_that_were_not_read_to_the_end_sharpen_nothing_yet() -> None:
    told = Telling().settings(8, 10, 10).totals(39).swept(40.3, 40.5).connection_swept(17, 40.0, 41.0)
    (sweeper,) = modelled(told.facts).sweeps.sweepers
    assert (seconds(sweeper.last.earliest), seconds(sweeper.last.latest)) == pytest.approx((40, 41))


def test_of_counters_that_moved_twice_either_may_be_it() -> None:
    told = Telling().settings(8, 10, 10).totals(39).swept(40.3, 40.5).swept(40.7, 40.9)
    told.connection_swept(17, 40, 41).totals(41.1)
    (sweeper,) = modelled(told.facts).sweeps.sweepers
    assert (seconds(sweeper.last.earliest), seconds(sweeper.last.latest)) == pytest.approx((40.3, 40.9))


def test_counters_that_could_not_be_read_sharpen_nothing() -> None:
    told = Telling().settings(8, 10, 10).totals(39).swept(40.3, 40.5).connection_swept(17, 40.0, 41.0)
    told.facts.append(facts.Gap(at=ZERO + 40.9, seen=ZERO + 40.9, source="keys", since=ZERO + 40.6))
    (sweeper,) = modelled(told.totals(41.1).facts).sweeps.sweepers
    assert (seconds(sweeper.last.earliest), seconds(sweeper.last.latest)) == pytest.approx((40, 41))


def test_what_a_connection_shows_is_believed_against_what_was_expected_of_it() -> None:
    """Somebody else's ZRANGE came just when this worker's sweep was due, which was late."""
    told = (
        Telling().settings(8, 10, 1).totals(-1).online(1, "w1").swept(0.4, 0.5).swept(10.4, 10.5).totals(11)
    )
    told.connection_swept(17, 10.9, 11.4, connected=0.5).totals(12)
    (sweeper,) = modelled(told.facts).sweeps.sweepers
    assert sweeper.last == Window(ZERO + 10.9, ZERO + 11.4)


def test_the_period_of_a_stranger_is_measured() -> None:
    told = Telling().connection_swept(17, 40.0, 40.5).connection_swept(17, 70.0, 70.5)
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 75) or pytest.fail("nobody sweeps")
    assert sweeper.ground == "inferred" and window.earliest <= ZERO + 100 <= window.latest
    assert window.error <= 1


def test_what_a_stranger_left_standing_and_put_back_bounds_its_timeout() -> None:
    told = Telling().payload(0).popped(0).connection_swept(17, 40.0, 40.2).totals(51)
    told.popped(80.11).connection_swept(17, 80.1, 80.2).totals(95)
    model = modelled(told.facts)
    (sweeper,) = model.sweeps.sweepers
    timeout = model.sweeps.timeout(sweeper, ())
    assert timeout.ground == "inferred" and timeout.least == pytest.approx(39) and 80 < timeout.most < 83


def test_a_timeout_that_was_said_and_is_disproved_is_not_believed() -> None:
    told = Telling().settings(20, 10, 4, by="user").payload(0).popped(0)
    told.connection_swept(17, 40.0, 40.2).totals(51)
    model = modelled(told.facts)
    timeout = model.sweeps.timeout(model.sweeps.sweepers[0], ())
    assert timeout.ground == "unknown" and timeout.least == pytest.approx(39)


@pytest.mark.parametrize("swap", [False, True])
def test_a_fact_that_comes_late_is_put_where_it_belongs(swap: bool) -> None:
    told = Telling().settings(8, 10, 10).totals(0).online(1, "w1").swept(90.9, 91.1).totals(92)
    told.online(94, "w2").swept(93.5, 93.7)
    order = (told.facts[:-2] + told.facts[:-3:-1] if swap else told.facts) + Telling().totals(95).facts
    last = {each.worker: each.last for each in modelled(order).sweeps.sweepers}
    assert seconds(last["w2"].earliest) == pytest.approx(93.5)


def test_a_phase_in_which_no_sweep_comes_is_given_up() -> None:
    told = Telling().settings(8, 10, 1).online(39, "w1").swept(49.0, 49.2).swept(94.5, 94.6)
    assert modelled(told.facts).sweeps.sweepers == []


def test_a_restored_message_sharpens_its_sweep() -> None:
    told = Telling().settings(5, 10, 10).totals(0).online(1.1, "w1").payload(2).popped(2).swept(91.0, 91.2)
    told.popped(91.113).totals(102)
    last = modelled(told.facts).sweeps.sweepers[0].last
    assert last.error <= 0.026 and seconds(last.latest) == pytest.approx(91.113)


def test_gevent_workers_are_not_expected_to_sweep() -> None:
    told = Telling().settings(5, 1, 1, worker="w1")
    told.facts[0] = type(told.facts[0])(at=ZERO, worker="w1", visibility_timeout=5.0, pool="gevent")
    assert modelled(told.online(1, "w1").facts).sweeps.sweepers == []


def test_a_gevent_worker_that_is_asked_only_later_is_not_expected_to_sweep_any_more() -> None:
    told = Telling().settings(5, 1, 1, by="user").online(1, "w1")
    told.facts.append(
        facts.Configured(at=ZERO + 3, seen=ZERO + 3, worker="w1", visibility_timeout=5.0, pool="gevent")
    )
    model = modelled(told.payload(4).popped(4).facts)
    assert model.sweeps.sweepers == [] and model.sweeps.unswept(["w1"])
    assert model.forecast.redelivery(ZERO + 4, ZERO + 5) is None


def test_who_sweeps_all_the_time_is_not_blamed_for_what_somebody_else_put_back() -> None:
    """A probe put back what was an hour old, while the workers, hidden for 12 h, sweep every second."""
    told = Telling().settings(43_200, 1, 1).online(0, "w1").payload(1).popped(1)
    for second in range(1, 4_020):
        told.swept(second, second + 0.03)
    told.popped(4_000.01).totals(4_030)
    model = modelled(told.facts)
    assert model.forecast.hidden(ZERO + 4_019).timeout.value == 43_200


@pytest.mark.parametrize(("interval", "strangers"), [(10, 1), (1, 0)])
def test_a_sweeper_more_than_workers_is_a_stranger_unless_somebody_sweeps_all_the_time(
    interval: float, strangers: int
) -> None:
    told = Telling().settings(60, interval, 2).online(1, "w1").connection_swept(9, 1.0, 1.3, connected=0.9)
    told.connection_swept(17, 2.0, 2.3)
    once = modelled(told.facts).sweeps
    assert once.strangers(ZERO + 3, ["w1"]) == [], "a worker that connects runs scripts that look like sweeps"
    period = 2 * interval
    told.connection_swept(9, 1.0 + period, 1.3 + period, connected=0.9)
    told.connection_swept(17, 2.0 + period, 2.3 + period)
    again = modelled(told.facts).sweeps
    assert len(again.strangers(ZERO + period + 3, ["w1"])) == strangers


def test_a_worker_is_the_connection_that_goes_on_sweeping() -> None:
    """Another one ran a script as the worker connected, which looked like a sweep."""
    told = Telling().settings(5, 1, 1).totals(0).online(1, "w1").connection_swept(9, 1.0, 1.4, connected=0.9)
    for second in range(1, 20):
        told.swept(second + 0.5, second + 0.7)
        told.connection_swept(5, second + 0.4, second + 0.9, connected=0.1)
    named = {each.worker: each.connection for each in modelled(told.facts).sweeps.sweepers}
    assert named == {"w1": 5}


def test_a_connection_that_swept_once_is_given_up_however_often_others_sweep() -> None:
    told = Telling().settings(5, 1, 1).totals(0).online(1, "w1").connection_swept(9, 1.0, 1.4)
    for second in range(1, 20):
        told.swept(second, second + 0.2)
    assert [each.worker for each in modelled(told.facts).sweeps.sweepers] == ["w1"]


def test_a_sweeper_beside_all_workers_has_no_timeout_but_what_it_does() -> None:
    told = Telling().settings(60, 10, 1).online(1, "w1")
    for second in (11, 21, 31):
        told.connection_swept(9, second, second + 0.3, connected=0.9)
        told.connection_swept(17, second + 4, second + 4.3)
    model = modelled(told.payload(32).popped(32).facts)
    timeouts = {each.worker: model.sweeps.timeout(each, ["w1"]).most for each in model.sweeps.sweepers}
    assert timeouts == {"w1": 60, "": inf}
    coming = model.forecast.redelivery(ZERO + 32, ZERO + 33)
    assert coming and seconds(coming.window.earliest) < 46 and seconds(coming.window.latest) > 92


def test_where_the_clock_jumps_by_years_nobody_waits_for_each_sweep_that_was_due_since() -> None:
    # Two hundred million of them: it would not end.
    told = Telling().settings(5, 1, 1).online(-9e5, "w1").totals(-9e5).connection_swept(7, -9e5, -9e5)
    told.totals(1.79e9).swept(1.79e9, 1.79e9 + 0.2).totals(1.79e9 + 1)
    assert not modelled(told.facts).sweeps.sweeping(ZERO + 1.79e9 + 1)

"""The schedule: phases of sweeps from what was seen of them."""

from __future__ import annotations

import pytest

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
    told = Telling().settings(8, 10, 10).online(1.05, "w1").swept(first - 0.1, first + 0.1)
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 120) or pytest.fail("nobody sweeps")
    assert (sweeper.worker, sweeper.seen) == ("w1", 1)
    assert window.error < 0.2
    assert seconds(window.middle) == pytest.approx(first + 100.02, abs=0.1)


def test_the_sweep_at_connect_says_when_that_was_and_does_not_count_as_seen() -> None:
    told = Telling().settings(8, 10, 10).swept(0.3, 0.5).online(1.05, "w1")
    for facts in (told.facts, told.facts[::-1]):
        sweeper, window = modelled(facts).sweeps.next_sweep(ZERO + 2) or pytest.fail("nobody sweeps")
        assert sweeper.seen == 0
        assert seconds(window.earliest) == pytest.approx(90.3)
        assert seconds(window.latest) == pytest.approx(100.5, abs=0.1)


def test_two_workers_keep_their_phases() -> None:
    told = Telling().settings(8, 10, 10).online(1.28, "w1").online(32.84, "w2")
    told.swept(91.2, 91.4).swept(122.8, 123.0)
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


def test_a_sweep_nobody_was_expected_to_make_begins_a_phase_of_its_own() -> None:
    told = Telling().settings(8, 10, 10).swept(40.0, 40.2)
    sweeper, window = modelled(told.facts).sweeps.next_sweep(ZERO + 50) or pytest.fail("nobody sweeps")
    assert sweeper.worker == "" and seconds(window.middle) == pytest.approx(140.1, abs=0.1)


def test_a_phase_in_which_no_sweep_comes_is_given_up() -> None:
    told = Telling().settings(8, 1, 1).swept(40.0, 40.2).swept(60, 60.1)
    assert len(modelled(told.facts).sweeps.sweepers) == 1


def test_a_restored_message_sharpens_its_sweep() -> None:
    told = (
        Telling().settings(5, 10, 10).online(1.1, "w1").payload(2).popped(2).swept(91.0, 91.2).popped(91.113)
    )
    last = modelled(told.facts).sweeps.sweepers[0].last
    assert last.error <= 0.026 and seconds(last.latest) == pytest.approx(91.113)


def test_gevent_workers_are_not_expected_to_sweep() -> None:
    told = Telling().settings(5, 1, 1, worker="w1")
    told.facts[0] = type(told.facts[0])(at=ZERO, worker="w1", visibility_timeout=5.0, pool="gevent")
    assert modelled(told.online(1, "w1").facts).sweeps.sweepers == []

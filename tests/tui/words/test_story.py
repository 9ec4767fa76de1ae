"""The story of one message, in plain words."""

from __future__ import annotations

from lab.watch import facts
from lab.watch.outputs.moments import moment
from tests.lab.watch.telling import ZERO, Telling, modelled
from tui.cells.durations import clock
from tui.words.story import tell
from tui.words.told import Story


def story(told: Telling, now: float) -> Story:
    model = modelled(told.facts)
    (account,) = model.ledger.accounts.values()
    return tell(account.attempts[-1], model.forecast, ZERO + now)


def held() -> Telling:
    told = Telling().settings().online(-1, "w1").sent(0).payload(0.004)
    return told.swept(0.1, 0.2).popped(0.004).received(0.006, "w1")


def test_it_waits_in_its_queue() -> None:
    told = Telling().settings().sent(0)
    assert "no worker is up" in story(told, 1).words
    told.facts.append(facts.Totals(at=ZERO + 0.6, queued=5_954))
    words = story(told.online(0.5, "w1"), 1).words
    assert words.endswith("It waits in its queue until a worker takes it: 5,953 messages wait with it.")


def test_nobody_is_said_to_have_handed_back_what_came_sooner_than_any_sweep() -> None:
    told = Telling().settings(60).online(-1, "w1").online(-1, "w2").sent(0).payload(0.004)
    told.popped(0.004).received(0.006, "w1").popped(9.004).received(9.006, "w2")
    words = story(told, 10).words
    assert words.startswith("It came back after 9 s, sooner than any known sweep would bring it, and who put")
    assert "handed it back" not in words
    told.offline(9.0, "w1")
    assert "w1 handed it back when it was stopped" in story(told, 10).words


def test_the_first_holder_does_not_acknowledge() -> None:
    words = story(held(), 1).words
    assert words.startswith(f"w1 took it and keeps it until {clock(ZERO + 28)}, unacknowledged until it runs")
    assert "handed out again in" in words


def test_a_timeout_that_outlasts_the_eta() -> None:
    told = held().settings(timeout=60)
    assert story(told, 1).words.endswith("longer than that: it will run once.")


def test_why_it_was_handed_out_again_and_how_often_it_will_run() -> None:
    told = held().popped(5.03).received(5.04, "w2").online(-1, "w2")
    for second in range(6):
        told.swept(second, second + 0.03, count=2)
    found = story(told, 6)
    assert found.mood == "bad"
    assert found.words.startswith(
        "Nobody acknowledged it for 5 s, so the broker handed it out again. 2 copies"
    )
    assert f"by {clock(ZERO + 28)} there will be 6, and all will run." in found.words


def test_of_a_message_whose_clock_was_set_back_the_age_is_told_that_the_sweep_went_by() -> None:
    told = held().settings(timeout=43_200).aged(2, seconds=4_020).popped(3).received(3.01, "w2")
    assert story(told, 4).words.startswith(
        "Nobody acknowledged it for 67 min 1 s, so the broker handed it out"
    )


def test_a_holder_was_killed() -> None:
    words = story(held().gone(2, "w1"), 3).words
    assert words.startswith("w1 was killed while it had it. It still stands in unacked")


def test_where_nobody_is_known_to_sweep_nothing_is_promised() -> None:
    told = Telling().settings().online(-1, "w1").sent(0).payload(0.004).popped(0.004).received(0.006, "w1")
    words = story(told, 20).words
    assert "it will run once" not in words


def test_handed_back_at_a_warm_shutdown() -> None:
    told = held().offline(3, "w1").popped(3.2).received(3.3, "w2")
    assert story(told, 4).words.startswith("w1 handed it back when it was stopped")


def test_its_time_has_come() -> None:
    assert (
        "all 3 copies" in story(held().popped(5).received(5, "w2").popped(10).received(10, "w1"), 28.1).words
    )


def test_a_message_that_nobody_holds_does_not_run_before_the_next_sweep() -> None:
    told = held().settings(timeout=60).gone(2, "w1").online(3, "w2")
    words = story(told, 4).words
    assert "still stands in unacked" in words and "it runs before" not in words


def test_a_run_that_goes_on_past_its_eta_is_not_said_to_come() -> None:
    told = held().settings(timeout=60).started(28, "w1").swept(28.1, 28.2)
    words = story(told, 29).words
    assert "acknowledged only at its end" in words and "it runs before" not in words


def test_an_eta_of_another_day_is_told_with_the_day() -> None:
    days = 37 * 86_400.0
    telling = Telling(eta=days).settings(timeout=86_400 * 60).sent(0).payload(0).popped(0).received(0, "w1")
    model = modelled(telling.facts)
    (attempt,) = model.ledger.accounts[telling.id].attempts
    told = tell(attempt, model.forecast, ZERO + 1).words
    assert f"keeps it until {moment(ZERO + days, ZERO)}" in told
    assert "1970-02-" in told

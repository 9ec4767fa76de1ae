"""What there is to say without a message."""

from __future__ import annotations

from tests.tui.staging import a_deployment, hidden_for
from tui.words.idle import idle_story


def test_before_anything_it_says_what_to_press_and_what_will_happen() -> None:
    words = idle_story(a_deployment()).words
    assert (
        words.startswith("Press e") and "30 s" in words and "every 5 s the broker hands it out again" in words
    )
    assert "It will run once" in idle_story(a_deployment(hidden=hidden_for(60.0))).words


def test_before_anything_it_says_what_is_still_missing() -> None:
    assert "broker is starting" in idle_story(a_deployment(url="")).words
    assert "Connecting" in idle_story(a_deployment(connected=False)).words
    assert "refused" in idle_story(a_deployment(connected=False, trouble="it refused")).words
    assert "press +" in idle_story(a_deployment(workers=())).words
    assert "press +" not in idle_story(a_deployment(workers=(), own=False)).words


def test_beside_a_scenario_no_lab_is_spoken_of_for_there_may_be_none() -> None:
    starting = idle_story(a_deployment(scenario="D1", connected=False)).words
    over = idle_story(a_deployment(scenario="D1", over=True)).words
    assert "what was watched goes on meanwhile" in starting and "esc leads back" in over
    assert "lab" not in starting + over

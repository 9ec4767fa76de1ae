"""The keymap: which keys there are in each way in, in the footer, the help and by pressing them."""

from __future__ import annotations

from typing import cast

import pytest

from lab.rig.rig import Rig
from lab.session import Way
from tests.tui.staging import Stage, play
from tests.tui.stand_ins import FakeRig, FedSession
from tui.actions.keymap import KEYS, Need, Phase, Situation, works

ALL: frozenset[Need] = frozenset({"own rig", "own workers"})

SETTLED = {"t", "?", "q"}
"""Keys of every footer."""


def footer(way_in: Way, phase: Phase = "watched", has: frozenset[Need] = ALL) -> set[str]:
    situation = Situation(way_in, phase, has)
    return {key.shown_as for key in KEYS if key.offered(situation)}


def test_of_an_own_lab_every_key_is_offered() -> None:
    assert footer("lab") == {"e", "s", "v", "+", "-", "k"} | SETTLED
    assert footer("lab", has=frozenset({"own rig"})) == {"e", "s", "+"} | SETTLED


def test_of_another_programs_lab_the_keys_for_its_workers_are_not_offered_but_answer() -> None:
    assert footer("lab", has=frozenset()) == {"e", "s"} | SETTLED
    assert works("kill", Situation("lab"))


@pytest.mark.parametrize("way_in", ["attached", "replay"])
@pytest.mark.parametrize("phase", ["watched", "scenario", "verdict"])
def test_what_is_no_lab_has_no_key_that_acts_on_it(way_in: Way, phase: Phase) -> None:
    acting = {"fire", "ask", "timeout", "add", "retire", "kill"}
    assert not any(works(action, Situation(way_in, phase, ALL)) for action in acting)
    assert {key.action for key in KEYS if not key.exists(way_in)} == acting
    assert not {"e", "E", "v", "+", "-", "k"} & footer(way_in, phase)


@pytest.mark.parametrize("way_in", ["lab", "attached", "replay"])
def test_a_scenario_has_keys_of_its_own(way_in: Way) -> None:
    assert footer(way_in, "scenario") == {"esc"} | SETTLED
    assert footer(way_in, "verdict") == {"esc", "s"} | SETTLED
    assert not works("leave", Situation(way_in, "watched"))


def test_what_the_keymap_does_not_name_is_none_of_its_business() -> None:
    assert works("focus_next", Situation("replay"))


@pytest.mark.parametrize("way_in", ["attached", "replay"])
def test_a_key_that_does_not_exist_is_in_no_place_of_the_screen(way_in: Way) -> None:
    rig = FakeRig()

    async def script(stage: Stage) -> None:
        stage.app.shown.way_in = way_in
        await stage.look()
        said = stage.text.splitlines()[-2]
        await stage.pilot.press("e", "E", "v", "plus", "minus", "k")
        await stage.look()
        assert stage.text.splitlines()[-2] == said and len(stage.app.screen_stack) == 1
        assert not rig.orders and not stage.sender.sent
        keys = stage.text.splitlines()[-1].split()
        assert keys == ["s", "scenarios", "t", "timeline", "?", "help", "q", "quit"]
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" in stage.text)
        assert "Run a failure mode" in stage.text and "SIGKILL" not in stage.text
        assert "Send" not in stage.text and "Retire" not in stage.text

    play(Stage(FedSession(rig=cast("Rig", rig))), script)


def test_a_recording_is_a_replay_and_says_nothing_of_another_programs_lab() -> None:
    async def script(stage: Stage) -> None:
        assert stage.app.shown.way_in == "replay"
        assert "another program" not in stage.text

    play(Stage(FedSession(live=False)), script)

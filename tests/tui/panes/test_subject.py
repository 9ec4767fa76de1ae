"""A scenario in the lists, in place of the session."""

from __future__ import annotations

import dataclasses
from typing import cast

import pytest

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.runs.log import LogLine
from lab.rig import registry
from lab.rig.rig import Rig
from tests.lab.watch.telling import ZERO, redelivered
from tests.tui.staging import SIZES, FakeRuns, Stage, begin_scenario, play, waiting
from tests.tui.stand_ins import FakeRig, FedSession
from tui.screens.catalogue import Choice


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_scenario_takes_the_panes_and_its_story_stands_beside_them(width: int, height: int) -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("of-the-lab").facts)
        await stage.look(2)
        assert "of-the-l" in stage.text
        await begin_scenario(stage)
        run = fakes.run
        assert "of-the-l" not in stage.text and "▸ " in stage.text
        run.tell(*redelivered("w1 w2").facts)
        run.now, run.step = ZERO + 29, 2
        run.log.append(LogLine(ZERO + 5.0, "redelivery", "lab.run to w2@lab, delivery 2"))
        await stage.until(lambda: "▼ redelivery lab.run to w2" in stage.text)
        assert "Duplicate executions — 1 of 2 runs" in stage.text
        assert "it has run" in stage.text
        if width >= 110:
            assert "✓ send a task" in stage.text and "▸ it has run" in stage.text
        assert all(len(line) == width for line in stage.text.splitlines())
        run.end("reproduced", "1 sent, 2 executions")
        await stage.until(lambda: "✖ reproduced: 1 sent, 2" in stage.text)
        # The frame above grows by some lines, which takes one more layout.
        await stage.until(lambda: "What helps" in stage.text and "the rig of D1 has ended" in stage.text)

    play(fakes.stage(), script, width, height)


def test_the_labs_keys_are_off_while_a_scenario_runs() -> None:
    fakes, rig = FakeRuns(), FakeRig()

    async def script(stage: Stage) -> None:
        await begin_scenario(stage)
        await stage.pilot.press("e", "E", "v", "plus", "minus", "k", "s")
        await stage.look(3)
        footer = stage.text.splitlines()[-1]
        assert "esc stop" in footer and "? help" in footer and "q quit" in footer
        assert "fire" not in footer and "kill" not in footer and "scenarios" not in footer
        assert not rig.orders and not stage.sender.sent and len(stage.app.screen_stack) == 1

    play(fakes.stage(FedSession(waiting().facts, rig=cast("Rig", rig))), script)


def test_escape_stops_it_and_the_lab_comes_back_with_all_that_happened_meanwhile() -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("before", 20).facts)
        await stage.look(2)
        await begin_scenario(stage)
        run = fakes.run
        stage.session.tell(*waiting("meanwhile", 40).facts)
        await stage.look(3)
        assert "meanwhil" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "meanwhil" in stage.text and "before" in stage.text)
        assert run.verdict and run.verdict.word == "stopped" and "e fire" in stage.text
        assert stage.chosen == ("before", 0, 1)
        looks = run.looks
        await stage.until(lambda: run.looks > looks, "a run that ends is still looked at")
        run.closed = True
        await stage.look(4)
        looks = run.looks
        await stage.look(5)
        assert run.looks == looks
        await stage.pilot.press("escape")
        await stage.look(6)
        assert "before" in stage.text

    play(fakes.stage(), script)


def test_after_the_verdict_another_one_can_be_run() -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        await begin_scenario(stage)
        fakes.run.end("not reproduced", "1 sent")
        await stage.until(lambda: "esc back" in stage.text and "s scenario" in stage.text)
        await begin_scenario(stage)
        assert len(fakes.runs) == 2 and "1 sent" not in stage.text
        fakes.run.end("not reproduced", "1 sent")
        await stage.look(3)
        await stage.pilot.press("s", *["down"] * 20)
        await stage.until(lambda: "▸ stall" in stage.text)
        chosen = next(line for line in stage.text.splitlines() if "▸ stall" in line)
        await stage.pilot.press("enter")
        await stage.until(lambda: len(fakes.runs) == 3)
        fakes.run.end("not reproduced", "1 sent")
        await stage.look(3)
        await stage.pilot.press("s")
        await stage.until(lambda: chosen.strip("│ ") in stage.text, "it opens where it was left")

    stage = fakes.stage()
    play(stage, script)
    assert all(run.closed for run in fakes.runs)


@pytest.mark.parametrize("evil", ["\x1b[2J\x07", "[/x][bold]", "漢字" * 40, "x" * 3_000, "a_" * 300])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_is_told_is_only_text(evil: str, width: int, height: int) -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        await begin_scenario(stage)
        fakes.run.log += [LogLine(1e300, "delivery", evil), LogLine(float("nan"), "step", evil)]
        fakes.run.log.append(LogLine(ZERO, "evidence", "the end"))
        await stage.until(lambda: "the end" in stage.text)
        assert all(char.isprintable() for char in stage.text.replace("\n", ""))
        fakes.run.end("failed", evil)
        await stage.look(3)
        assert "failed" in stage.text

    play(fakes.stage(), script, width, height)


def test_a_missing_package_is_one_line_and_no_rig() -> None:
    async def script(stage: Stage) -> None:
        stage.app.start_scenario(Choice(dataclasses.replace(SCENARIOS["T5"], needs="no_such_package")))
        await stage.until(lambda: "skipped: needs no_such_package" in " ".join(stage.text.split()))
        assert "broker starting" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "Press e" in stage.text)

    play(Stage(FedSession()), script)


def test_a_real_scenario_runs_in_the_panes_to_its_verdict() -> None:
    async def script(stage: Stage) -> None:
        stage.app.start_scenario(Choice(SCENARIOS["L2"]))
        for _ in range(60):
            if stage.runs.shown and stage.runs.shown.done:
                break
            await stage.pilot.pause(1)
        await stage.until(lambda: "✖ reproduced" in stage.text)
        assert "What helps" in stage.text and "Scheduled — 0 waiting" in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "Press e" in stage.text)

    play(Stage(FedSession()), script)
    assert registry.alive() == []


def test_leaving_in_the_middle_of_a_real_scenario_leaves_nothing() -> None:
    async def script(stage: Stage) -> None:
        stage.app.start_scenario(Choice(SCENARIOS["D1"]))
        await stage.until(lambda: "● w1" in stage.text, "a worker of the scenario")
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)

    play(Stage(FedSession()), script)
    assert registry.alive() == []


@pytest.mark.parametrize("lab", ["a recording", "somebody else's"])
def test_it_runs_on_a_rig_of_its_own_wherever_the_screen_looks(lab: str) -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        await begin_scenario(stage)
        await stage.look(2)
        assert "esc stop" in stage.text and "embedded" in stage.text and "replay" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: ("replay of" in stage.text) == (lab == "a recording"))

    play(fakes.stage(FedSession(live=lab != "a recording", embedded=False)), script)


@pytest.mark.parametrize(
    "session", [FedSession(attached=True, embedded=False), FedSession(live=False)], ids=["attached", "replay"]
)
def test_where_there_is_no_lab_none_is_spoken_of_around_a_scenario(session: FedSession) -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        said: list[str] = []

        async def note(words: str) -> None:
            await stage.until(lambda: words in stage.text)
            said.append(stage.text)

        await begin_scenario(stage)
        await note("esc stop")
        await stage.pilot.press("question_mark")
        await note("out of a scenario, which stops it")
        await stage.pilot.press("escape")
        fakes.run.end("not reproduced", "1 sent")
        await note("D1 is over. esc leads back")
        await note("esc back")
        await stage.pilot.press("escape")
        await note("what was watched is back")
        assert not any("the lab" in text for text in said)

    play(fakes.stage(session), script)

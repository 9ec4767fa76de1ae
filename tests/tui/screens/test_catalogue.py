"""The catalogue, and a scenario in the panes."""

from __future__ import annotations

import dataclasses
from typing import cast

import pytest

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.runs.log import LogLine
from lab.experiments.runs.run import ScenarioRun
from lab.rig import registry
from lab.rig.rig import Rig
from tests.lab.watch.telling import ZERO, redelivered
from tests.tui.staging import Acted, Recorder, Stage, Staged
from tests.tui.test_app import SIZES, played, waiting
from tui.actions.runs import ScenarioRuns
from tui.screens.catalogue import Choice


class Cast:
    """Starts runs that are acted, and keeps them."""

    def __init__(self) -> None:
        self.runs: list[Acted] = []

    def stage(self, session: Staged | None = None) -> Stage:
        return Stage(session or Staged(), runs=ScenarioRuns(cast("type[ScenarioRun]", self.start)))

    def start(self, *choice: object) -> Acted:
        self.runs.append(Acted(*choice))  # type: ignore[arg-type]
        return self.runs[-1]

    @property
    def run(self) -> Acted:
        return self.runs[-1]


async def opened(stage: Stage) -> None:
    await stage.pilot.press("s")
    await stage.until(lambda: "enter runs it" in stage.text and "D1 " in stage.text)


async def begun(stage: Stage) -> None:
    await opened(stage)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.runs.shown is not None and len(stage.app.screen_stack) == 1)
    await stage.until(lambda: "the workers are up" in stage.text)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_catalogue_lists_every_scenario_by_its_effect_with_what_is_seen_and_why(
    width: int, height: int
) -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        found, effects = set[str](), list[str]()
        for _ in SCENARIOS:
            await stage.pilot.pause()
            words = next(line for line in stage.text.splitlines() if "▸ " in line).split("▸ ")[1].split()
            effects.append(words[0])
            found.add(words[1])
            chosen = SCENARIOS[words[1]]
            text = " ".join(stage.text.replace("│", " ").split())
            assert f"{chosen.seconds} s" in text and f"{chosen.id} {chosen.name}" in text
            assert chosen.expect.split(". ")[0][:30] in text and chosen.why[:30] in text
            await stage.pilot.press("down")
        assert found == set(SCENARIOS)
        assert list(dict.fromkeys(effects)) == ["duplicate", "loss", "stall", "pile-up"]
        assert effects == sorted(effects, key=["duplicate", "loss", "stall", "pile-up"].index)
        await stage.pilot.press("escape")
        await stage.until(lambda: "enter runs it" not in stage.text)
        assert stage.runs.shown is None

    played(Cast().stage(), script, width, height)


def test_c_goes_through_the_cures_that_claim_the_chosen_one() -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        await opened(stage)
        assert "c adds a cure: visibility-timeout, lock" in stage.text
        await stage.pilot.press("c", "c")
        await stage.until(lambda: "With lock: one start for each attempt" in stage.text)
        await stage.pilot.press("enter")
        await stage.until(lambda: cast_.runs)
        assert cast_.run.scenario.id == "D1" and cast_.run.cure and cast_.run.cure.id == "lock"
        await stage.until(lambda: "with lock" in stage.text)

    played(cast_.stage(), script)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_scenario_takes_the_panes_and_its_story_stands_beside_them(width: int, height: int) -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("of-the-lab").facts)
        await stage.look(2)
        assert "of-the-l" in stage.text
        await begun(stage)
        run = cast_.run
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
        assert "What helps" in stage.text and "the rig of D1 has ended" in stage.text

    played(cast_.stage(), script, width, height)


def test_the_labs_keys_are_off_while_a_scenario_runs() -> None:
    cast_, rig = Cast(), Recorder()

    async def script(stage: Stage) -> None:
        await begun(stage)
        await stage.pilot.press("e", "E", "v", "plus", "minus", "k", "s")
        await stage.look(3)
        footer = stage.text.splitlines()[-1]
        assert "esc stop" in footer and "? help" in footer and "q quit" in footer
        assert "fire" not in footer and "kill" not in footer and "scenarios" not in footer
        assert not rig.orders and not stage.sender.sent and len(stage.app.screen_stack) == 1

    played(cast_.stage(Staged(waiting().facts, rig=cast("Rig", rig))), script)


def test_escape_stops_it_and_the_lab_comes_back_with_all_that_happened_meanwhile() -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("before", 20).facts)
        await stage.look(2)
        await begun(stage)
        run = cast_.run
        stage.session.tell(*waiting("meanwhile", 40).facts)
        await stage.look(3)
        assert "meanwhil" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "meanwhil" in stage.text and "before" in stage.text)
        assert run.verdict and run.verdict.word == "stopped" and "e fire" in stage.text
        assert stage.app.chosen == ("before", 0)
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

    played(cast_.stage(), script)


def test_after_the_verdict_another_one_can_be_run() -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        await begun(stage)
        cast_.run.end("not reproduced", "1 sent")
        await stage.until(lambda: "esc back to the lab" in stage.text and "s scenario" in stage.text)
        await begun(stage)
        assert len(cast_.runs) == 2 and "1 sent" not in stage.text
        cast_.run.end("not reproduced", "1 sent")
        await stage.look(3)
        await stage.pilot.press("s", *["down"] * 20)
        await stage.until(lambda: "▸ stall" in stage.text)
        chosen = next(line for line in stage.text.splitlines() if "▸ stall" in line)
        await stage.pilot.press("enter")
        await stage.until(lambda: len(cast_.runs) == 3)
        cast_.run.end("not reproduced", "1 sent")
        await stage.look(3)
        await stage.pilot.press("s")
        await stage.until(lambda: chosen.strip("│ ") in stage.text, "it opens where it was left")

    stage = cast_.stage()
    played(stage, script)
    assert all(run.closed for run in cast_.runs)


@pytest.mark.parametrize("evil", ["\x1b[2J\x07", "[/x][bold]", "漢字" * 40, "x" * 3_000, "a_" * 300])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_is_told_is_only_text(evil: str, width: int, height: int) -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        await begun(stage)
        cast_.run.log += [LogLine(1e300, "delivery", evil), LogLine(float("nan"), "step", evil)]
        cast_.run.log.append(LogLine(ZERO, "evidence", "the end"))
        await stage.until(lambda: "the end" in stage.text)
        assert all(char.isprintable() for char in stage.text.replace("\n", ""))
        cast_.run.end("failed", evil)
        await stage.look(3)
        assert "failed" in stage.text

    played(cast_.stage(), script, width, height)


def test_a_missing_package_is_one_line_and_no_rig() -> None:
    async def script(stage: Stage) -> None:
        stage.app.play(Choice(dataclasses.replace(SCENARIOS["T5"], needs="no_such_package")))
        await stage.until(lambda: "skipped: needs no_such_package" in " ".join(stage.text.split()))
        assert "broker starting" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "Press e" in stage.text)

    played(Stage(Staged()), script)


def test_the_first_frame_needs_no_scenario() -> None:
    import subprocess
    import sys

    code = "import sys, tui.app; sys.exit(any(name.startswith('lab.experiments') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_real_scenario_runs_in_the_panes_to_its_verdict() -> None:
    async def script(stage: Stage) -> None:
        stage.app.play(Choice(SCENARIOS["L2"]))
        for _ in range(60):
            if stage.runs.shown and stage.runs.shown.done:
                break
            await stage.pilot.pause(1)
        await stage.until(lambda: "✖ reproduced" in stage.text)
        assert "What helps" in stage.text and "Scheduled — 0 waiting" in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: "Press e" in stage.text)

    played(Stage(Staged()), script)
    assert registry.alive() == []


def test_leaving_in_the_middle_of_a_real_scenario_leaves_nothing() -> None:
    async def script(stage: Stage) -> None:
        stage.app.play(Choice(SCENARIOS["D1"]))
        await stage.until(lambda: "● w1" in stage.text, "a worker of the scenario")
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)

    played(Stage(Staged()), script)
    assert registry.alive() == []


@pytest.mark.parametrize("lab", ["a recording", "somebody else's"])
def test_it_runs_on_a_rig_of_its_own_wherever_the_screen_looks(lab: str) -> None:
    cast_ = Cast()

    async def script(stage: Stage) -> None:
        await begun(stage)
        await stage.look(2)
        assert "esc stop" in stage.text and "embedded" in stage.text and "replay" not in stage.text
        await stage.pilot.press("escape")
        await stage.until(lambda: ("replay of" in stage.text) == (lab == "a recording"))

    played(cast_.stage(Staged(live=lab != "a recording", embedded=False)), script)

"""The catalogue."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lab.experiments.catalogue.index import SCENARIOS
from tests.tui.staging import SIZES, FakeRuns, Stage, open_catalogue, play


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_catalogue_lists_every_scenario_by_its_effect_with_what_is_seen_and_why(
    width: int, height: int
) -> None:
    async def script(stage: Stage) -> None:
        await open_catalogue(stage)
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

    play(FakeRuns().stage(), script, width, height)


def test_c_goes_through_the_cures_that_claim_the_chosen_one() -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        await open_catalogue(stage)
        assert "c adds a cure: visibility-timeout, lock" in stage.text
        await stage.pilot.press("c", "c")
        await stage.until(lambda: "With lock: one start for each attempt" in stage.text)
        await stage.pilot.press("enter")
        await stage.until(lambda: fakes.runs)
        assert fakes.run.scenario.id == "D1" and fakes.run.cure and fakes.run.cure.id == "lock"
        await stage.until(lambda: "with lock" in stage.text)

    play(fakes.stage(), script)


def test_the_first_frame_needs_no_scenario() -> None:

    code = "import sys, tui.app; sys.exit(any(name.startswith('lab.experiments') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""`lab simulate` and `lab judge`: a seed told and recorded, many of them summed up, a recording judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lab.commands.cli import cli
from lab.experiments.simulation.checkers import index
from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_one_seed_is_told_and_recorded_and_the_recording_judged(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    told = run("simulate", "--seed", "4", "--only", "none", "--record", str(path))
    assert told.output.startswith("seed 4: nothing out of the ordinary")
    assert f"python -m tui --replay {path}" in told.output
    judged = run("judge", str(path), "--json")
    assert judged.exit_code == 0
    assert json.loads(judged.output)["is"] == "valid"


def test_one_seed_is_one_object_for_programs() -> None:
    told = json.loads(run("simulate", "--seed", "4", "--only", "none", "--json").output)
    assert (told["seed"], told["is"], told["wrong"]) == (4, "valid", {})


def test_a_wrong_history_says_how_to_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def complains(truth: Truth, watched: Watched) -> Judgement:
        return judged("any run", [run.id for run in truth.runs])

    monkeypatch.setattr(index, "CHECKERS", (*index.CHECKERS[:1], complains))
    told = run("simulate", "--seeds", "4:5", "--only", "none", "--only", "late").output
    assert "python -m lab simulate --seed 4 --only none --only late\n" in told


def test_many_seeds_end_with_their_sums() -> None:
    result = run("simulate", "--count", "5", "--only", "none", "--json")
    sums = json.loads(result.output.splitlines()[-1])
    assert sums["histories"] == 5
    assert sums["valid"] + sums["unknown"] + sums["invalid"] == 5
    assert result.exit_code == (1 if sums["invalid"] else 0)


def test_faults_are_named() -> None:
    assert "rollback" in run("simulate", "--faults").output.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "gremlins"], "There is no fault gremlins"),
        (["--seeds", "5:2"], "the smaller one first"),
        (["--record", "f.jsonl"], "needs --seed"),
    ],
)
def test_a_wrong_option_ends_with_one_line(arguments: list[str], said: str) -> None:
    result = run("simulate", *arguments)
    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert said in result.output


def test_a_file_that_is_no_recording_cannot_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    path.write_text("hello\n")
    result = run("judge", str(path))
    assert result.exit_code == 2
    assert "is no recording" in result.output

"""`lab matrix`: what it would run, and what it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab.commands.matrix import matrix
from lab.experiments.matrix.results import Results, versions


def test_what_was_kept_is_shown_with_its_versions(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    Results(file).add({"scenario": "L2", "cure": None, "verdict": "not reproduced"}, claimed=True)
    shown = CliRunner().invoke(matrix, ["--only", "l2", "--json", "--show", "--results", str(file)])
    assert json.loads(shown.output)["results"][0]["versions"] == versions()


@pytest.mark.parametrize("only", ["", " ", ","])
def test_naming_no_scenario_does_not_start_them_all(only: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(matrix, ["--only", only, "--results", str(tmp_path / "results.jsonl")])
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1 and "--only names no scenario" in result.output

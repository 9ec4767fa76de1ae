"""`lab scenarios` and `lab run`: the list, the ids, and the exit codes."""

from __future__ import annotations

import dataclasses
import json

import pytest
from click.testing import CliRunner

from lab.commands.run import run
from lab.commands.scenarios import scenarios
from lab.experiments.catalogue.index import SCENARIOS


def test_the_list_has_every_scenario_in_one_line() -> None:
    lines = CliRunner().invoke(scenarios).output.splitlines()
    for name in SCENARIOS:
        assert sum(line.split()[:1] == [name] for line in lines) == 1


@pytest.mark.parametrize("arguments", [["D99"], ["D1", "--with", "lok"], ["D1", "--with", ""]])
def test_a_bad_id_is_one_line_that_lists_what_is_near(arguments: list[str]) -> None:
    result = CliRunner().invoke(run, arguments)
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1 and "near" in result.output


@pytest.mark.parametrize("cure", [[], ["--with", "one-prefork"]])
def test_a_scenario_that_was_skipped_is_told_from_one_that_was_reproduced(
    cure: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable = dataclasses.replace(SCENARIOS["T5"], needs="no_such_package")
    monkeypatch.setitem(SCENARIOS, "T5", unavailable)
    result = CliRunner().invoke(run, ["T5", *cure])
    assert result.exit_code == 3
    assert "skipped: needs no_such_package: pip install no_such_package" in result.output
    as_json = CliRunner().invoke(run, ["T5", "--json", *cure])
    assert as_json.exit_code == 3 and json.loads(as_json.output)["verdict"] == "skipped"

"""`lab whatif`: the answer, and numbers that are none."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from lab.commands.whatif import whatif


def test_it_says_the_runs_and_the_smallest_timeout() -> None:
    options = ["--eta", "7200", "--visibility-timeout", "3600", "--workers", "8"]
    answer = json.loads(CliRunner().invoke(whatif, [*options, "--json"]).output)
    assert (answer["least"], answer["most"], answer["smallest_timeout"]) == (2, 2, 7201)
    assert "2×" in CliRunner().invoke(whatif, options).output


@pytest.mark.parametrize("option", ["--eta", "--sweep"])
@pytest.mark.parametrize("number", ["nan", "NaN", "-nan", "inf", "-inf", "1e999"])
def test_what_is_no_number_is_refused_with_a_line(option: str, number: str) -> None:
    options = {"--eta": "120", "--sweep": "100", "--visibility-timeout": "60", option: number}
    result = CliRunner().invoke(whatif, [f"{name}={value}" for name, value in options.items()])
    assert result.exit_code == 2
    last = result.output.splitlines()[-1]
    assert last.startswith(f"Error: Invalid value for '{option}'") and "Traceback" not in result.output

"""The programs by their names, and their version."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from lab.commands import options
from lab.commands.cli import cli

SCRIPT = "import sys; sys.argv[0] = '/bin/unacked-lab'; from lab.__main__ import main; main()"
"""What the console script does."""


@pytest.mark.parametrize(("how", "name"), [(["-m", "lab"], "python -m lab"), (["-c", SCRIPT], "unacked-lab")])
def test_it_calls_itself_as_it_was_called(how: list[str], name: str) -> None:
    asked = subprocess.run(
        [sys.executable, *how, "fire", "--help"], capture_output=True, text=True, check=True
    )
    assert asked.stdout.startswith(f"Usage: {name} fire ")


@pytest.mark.parametrize("program", ["lab", "tui"])
def test_the_version_is_told(program: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", program, "--version"], capture_output=True, text=True, check=True
    )
    assert asked.stdout == f"unacked {version('unacked')}\n"


def test_where_it_is_not_installed_it_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "PROJECT", "not-installed-anywhere")
    told = CliRunner().invoke(cli, ["--version"])
    assert told.exit_code == 0 and "not installed" in told.stdout and told.stdout.count("\n") == 1

"""`python -m tui`: what cannot be used is told in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from tui.__main__ import command


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--workers", "99"], "--workers"),
        (["--eta", "x"], "--eta-seconds"),
        (["--broker", "http://:secret@h"], "--broker"),
        (["--lab", "nobody"], "No lab is running"),
    ],
)
def test_one_line_and_exit_code_2(arguments: list[str], named: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1 and named in result.stderr and "secret" not in result.stderr


def test_the_first_frame_does_not_wait_for_celery() -> None:
    loaded = "import sys, tui.__main__, tui.app; print([m for m in sys.modules if m in ('celery', 'kombu')])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

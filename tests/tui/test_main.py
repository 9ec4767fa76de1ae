"""`python -m tui`: what cannot be used is told in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab.rig import registry
from lab.rig.rig import Rig
from lab.settings import Settings
from tests.e2e.terminal import Terminal
from tests.waiting import wait_until
from tui.__main__ import command, how_to_join


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--workers", "99"], "--workers"),
        (["--eta", "x"], "--eta-seconds"),
        (["--broker", "http://:secret@h"], "--broker"),
        (["--broker", "redis://:secret@h/0?foo=1"], "not known"),
        (["--lab", "nobody"], "No lab is running"),
        (["redis://h/0", "--workers", "3"], "--workers shapes a lab"),
        (
            ["redis://h/0", "--broker", "redis://:secret@h", "--eta", "3"],
            "--broker, --eta-seconds shape a lab",
        ),
        (["redis://h/0", "--visibility-timeout", "nan"], "--visibility-timeout is 'nan'"),
        (["redis://h/0", "--lab", "nobody"], "a URL and --lab"),
        (["--replay", "f", "--workers", "3"], "--workers shapes a lab, and a recording is only watched"),
        (["--replay", "f", "--eta", "3", "--profile", "seed"], "--eta-seconds, --profile shape a lab"),
        (["--lab", "any", "--workers", "9"], "--workers shapes a lab, and a joined lab is another program's"),
        (["--lab", "nobody", "--eta", "3"], "No lab is running"),
    ],
)
def test_one_line_and_exit_code_2(arguments: list[str], named: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1 and named in result.stderr and "secret" not in result.stderr


def test_a_password_on_the_command_line_is_warned_of_once() -> None:
    result = CliRunner().invoke(command, ["--broker", "redis://:secret@h/0"])
    warned, ended = result.stderr.splitlines()
    assert "BROKER_URL" in warned and "list of processes" in warned and "terminal" in ended
    assert "secret" not in result.stderr


def test_how_another_lab_is_joined_is_told_first() -> None:
    assert how_to_join() == ""
    with Rig.start(Settings(workers=0)) as rig:
        wait_until(registry.alive, 20, "the other lab")
        assert f"python -m tui --lab {rig.state.id}" in how_to_join()
        with Terminal([sys.executable, "-m", "tui", "--workers", "0"]) as terminal:
            wait_until(lambda: terminal.shows(f"--lab {rig.state.id} joins it"), 20)
            assert len(registry.alive()) == 2, "it starts a lab of its own all the same"
            terminal.press("q")
            assert terminal.process.wait(10) == 0


def test_no_registry_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path / "file" / "below"))
    assert how_to_join() == ""


def test_the_first_frame_does_not_wait_for_celery() -> None:
    loaded = "import sys, tui.__main__, tui.app; print([m for m in sys.modules if m in ('celery', 'kombu')])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

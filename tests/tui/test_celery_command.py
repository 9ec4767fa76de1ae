"""`celery -A proj unacked`: one of Celery's commands, with the app that Celery found."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from celery import Celery
from celery.bin.base import CLIContext
from click.testing import CliRunner, Result

from lab.rig.broker import free_port
from tui.celery_command import unacked


def run(app: Celery, *arguments: str) -> Result:
    return CliRunner().invoke(unacked, arguments, obj=CLIContext(app=app, no_color=True, workdir=None))


def test_celery_finds_the_command(tmp_path: Path) -> None:
    found = [each for each in entry_points(group="celery.commands") if each.name == "unacked"]
    if not found:
        pytest.skip("the project is not installed")
    assert found[0].value == "tui.celery_command:unacked"
    (tmp_path / "shop.py").write_text(
        "from celery import Celery; app = Celery(broker='redis://127.0.0.1:1/0')"
    )
    command = [sys.executable, "-m", "celery", "-A", "shop", "unacked"]
    told = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert told.returncode == 0 and "--ask" in told.stdout, told.stderr
    piped = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert piped.returncode == 2 and "needs a terminal" in piped.stderr
    assert "list of processes" not in piped.stderr
    command[3:3] = ["-b", "redis://:hunter2@127.0.0.1:1/0"]
    warned = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert "list of processes" in warned.stderr and "CELERY_BROKER_URL" in warned.stderr
    assert "hunter2" not in warned.stderr


def test_an_app_without_redis_is_one_line() -> None:
    result = run(Celery("shop", broker="amqp://:hunter2@host//", set_as_current=False))
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert "The app shop" in result.stderr and "hunter2" not in result.stderr


def test_a_broker_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.__main__.needs_terminal", lambda: None)
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    result = run(Celery("shop", broker=url, set_as_current=False))
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert "refused" in result.stderr and "hunter2" not in result.stderr

"""A worker's command line, its environment, and the rule for starting it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lab.app import tasks
from lab.rig import workers
from lab.rig.workers import Backoff, WorkerSpec, command, environment

SPEC = WorkerSpec("w1@lab", 2, visibility_timeout=7, restore_interval=2, restore_throttle=3)


def dressed(spec: WorkerSpec, **more: Any) -> dict[str, str]:
    return environment(spec, truth_log=Path("/t"), temporary=Path("/f/tmp"), **more)


def test_the_pause_doubles_to_ten_seconds_and_then_it_gives_up() -> None:
    assert [Backoff().pause(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 10, None, None]


def test_a_worker_that_lived_half_a_minute_begins_anew() -> None:
    assert Backoff().failures(5, lived=30.0) == 1
    assert Backoff().failures(5, lived=29.9) == 6


def test_no_secret_is_on_the_command_line() -> None:
    inherited = {"HOME": "/h", "TMPDIR": "/h/tmp"}
    made = dressed(SPEC, url="redis://:secret@h/0", prefix="p:", inherited=inherited)
    assert made["BROKER_URL"] == "redis://:secret@h/0"
    assert (made["LAB_PREFIX"], made["VISIBILITY_TIMEOUT"], made["HOME"]) == ("p:", "7", "/h")
    assert (made["RESTORE_INTERVAL"], made["RESTORE_THROTTLE"]) == ("2", "3")
    assert (made[tasks.TRUTH_LOG], made["TMPDIR"]) == ("/t", "/f/tmp")
    assert not any("secret" in word for word in command(SPEC))


def test_its_own_environment_wins_and_the_lab_is_importable() -> None:
    spec = WorkerSpec("w1@lab", 1, 1, 1, 1, environment={"VISIBILITY_TIMEOUT": "99"})
    made = dressed(spec, url="u", prefix="", inherited={"PYTHONPATH": "/mine"})
    assert made["VISIBILITY_TIMEOUT"] == "99"
    home, mine = made["PYTHONPATH"].split(os.pathsep)
    assert (Path(home) / "lab" / "app" / "tasks.py").is_file() and mine == "/mine"


def test_the_truth_log_has_one_name() -> None:
    assert workers.TRUTH_LOG == tasks.TRUTH_LOG

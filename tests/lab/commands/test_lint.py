"""`lab lint` from a shell: what it prints, its exit codes, and that it opens no socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

HEALTHY = """
from celery import Celery

app = Celery("proj", broker="redis://127.0.0.1:1/0")
app.conf.update(task_time_limit=600, worker_prefetch_multiplier=1, include=["tasks"])
"""

TASKS = """
from proj import app

@app.task
def send(): ...
"""

SICK = """
from celery import Celery

print("loaded")
app = Celery("proj", broker="redis://127.0.0.1:1/0", backend="redis://127.0.0.1:1/1")
app.conf.update(visibility_timeout=43200, task_time_limit=600, result_expires=60)

@app.task(max_retries=None)
def send(): ...
"""

DEAF = """
import sys

def hook(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(f"{event} {arguments}")

import socket
sys.addaudithook(hook)
from lab.__main__ import main
sys.argv = ["lab", "lint", "-A", "proj", "--json"]
main()
"""
"""The command, in a process where whatever makes, binds or connects a socket ends in a traceback."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "proj.py").write_text(SICK)
    return tmp_path


def lint(
    folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "lab", "lint")
) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
    environ["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_healthy_app_exits_0_and_says_what_was_not_looked_at(folder: Path) -> None:
    (folder / "proj.py").write_text(HEALTHY)
    (folder / "tasks.py").write_text(TASKS)
    done = lint(folder, "-A", "proj:app")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("not looked at\n") and done.stdout.endswith("nothing found\n")
    # Its task was loaded, as a worker loads it.
    assert "no task" not in done.stdout


def test_findings_exit_1_worst_first_with_their_advice(folder: Path) -> None:
    done = lint(folder, "-A", "proj")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (1, "critical  timeout-unread")
    assert [line.split()[0] for line in lines if line[:1].isalpha()][:3] == ["critical", "warning", "note"]
    assert lines[-1] == "3 findings: 1 critical, 1 warning, 1 note"
    assert sum(line.startswith("    → ") for line in lines) == 3


def test_the_json_is_one_object_whatever_the_app_prints(folder: Path) -> None:
    done = lint(folder, "-A", "proj", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and done.stderr == "loaded\n"
    assert list(told) == ["version", "findings", "unknown"] and told["version"] == 1
    assert list(told["findings"][0]) == ["id", "severity", "title", "evidence", "advice", "rests_on"]
    assert told["unknown"] and all(isinstance(sentence, str) for sentence in told["unknown"])


@pytest.mark.parametrize(
    ("options", "code", "left"),
    [
        (["--fail-on", "critical"], 1, 3),
        (["--ignore", "timeout-unread"], 1, 2),
        (["--ignore", "timeout-unread", "--fail-on", "critical"], 0, 2),
        (["--ignore", "timeout-unread,retries-unlimited", "--fail-on", "warning"], 0, 1),
        (["--ignore", "timeout-unread", "--ignore", "retries-unlimited, result-expires-early"], 0, 0),
    ],
)
def test_what_is_ignored_or_not_bad_enough_does_not_fail(
    folder: Path, options: list[str], code: int, left: int
) -> None:
    done = lint(folder, "-A", "proj", "--json", *options)
    assert (done.returncode, len(json.loads(done.stdout)["findings"])) == (code, left)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("def", "SyntaxError"),
        ("app = 5", "is no Celery app"),
        (
            HEALTHY,
            "The tasks of the app proj:app cannot be loaded: ModuleNotFoundError: No module named 'tasks'",
        ),
        (
            "from celery import Celery\napp = Celery()\n"
            "app.config_from_object({'CELERY_ACKS_LATE': 1, 'task_time_limit': 5})",
            "ImproperlyConfigured",
        ),
    ],
)
def test_what_cannot_be_looked_at_exits_2_with_one_line(folder: Path, code: str, said: str) -> None:
    (folder / "proj.py").write_text(code)
    done = lint(folder, "-A", "proj:app", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_names_that_are_none_exit_2_with_one_line(folder: Path) -> None:
    assert "proj has no nothing" in lint(folder, "-A", "proj:nothing").stderr
    refused = lint(folder, "-A", "proj", "--ignore", "timeout-unred")
    assert refused.returncode == 2 and "no finding timeout-unred" in refused.stderr
    assert "retries-unlimited" in refused.stderr and refused.stderr.count("\n") == 1


def test_it_opens_no_socket(folder: Path) -> None:
    done = lint(folder, program=("-c", DEAF))
    assert done.returncode == 1 and len(json.loads(done.stdout)["findings"]) == 3, done.stderr


def test_the_hook_of_that_test_does_see_sockets(folder: Path) -> None:
    (folder / "proj.py").write_text(f"import socket\nsocket.socket()\n{SICK}")
    done = lint(folder, program=("-c", DEAF))
    assert done.returncode == 2 and "AssertionError: socket.__new__" in done.stderr


def test_a_terminal_obeys_nothing_that_an_app_says(folder: Path) -> None:
    (folder / "proj.py").write_text(
        SICK + "\nsend.name = 'a'\napp.tasks['\\x1b[2J'] = send\nsend.name = '\\x1b[2Jx'\n"
    )
    done = lint(folder, "-A", "proj")
    assert done.returncode == 1 and "\x1b" not in done.stdout + done.stderr and "�[2Jx" in done.stdout


def test_the_help_says_that_code_is_run(folder: Path) -> None:
    assert "RUNS THEIR CODE" in " ".join(lint(folder, "--help").stdout.split())

"""Whatever is printed: one clear line, an exit code, and nothing in it that a terminal obeys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.commands.gate import Gate
from tests.hostile import EVIL

ROOT = Path(__file__).resolve().parents[3]
ARGUMENT = EVIL.replace("\x00", "") + "\udcff"
"""As an argument it can hold no NUL; but bytes that are no UTF-8."""


def lab(
    *arguments: str, module: str = "lab", cwd: Path = ROOT, environ: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """The exit code, and what is said on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
        capture_output=True,
        timeout=60,
    )
    said = (done.stdout + done.stderr).decode()
    assert all(line.isprintable() for line in said.split("\n")), said
    assert "Traceback" not in said
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        (ARGUMENT,),
        (f"--{ARGUMENT}",),
        ("watch", f"--{ARGUMENT}"),
        ("watch", "redis://h/0", ARGUMENT),
        ("watch", ARGUMENT),
        ("watch", f"redis://{ARGUMENT}/0"),
        ("watch", "--lab", ARGUMENT),
        ("watch", "--replay", ARGUMENT),
        ("watch", "--speed", ARGUMENT),
        ("watch", "--for", ARGUMENT),
        ("watch", "-A", ARGUMENT),
        ("watch", "--password-file", ARGUMENT, "redis://127.0.0.1:1/0"),
        ("watch", "--priority-steps", ARGUMENT, "redis://127.0.0.1:1/0"),
        ("judge", ARGUMENT),
        ("run", ARGUMENT),
        ("run", "D1", "--with", ARGUMENT),
        ("up", "--workers", ARGUMENT),
        ("up", "--broker", ARGUMENT),
        ("up", "--broker", f"redis://127.0.0.1:1/0?{ARGUMENT}=1"),
        ("fire", "--lab", ARGUMENT),
        ("simulate", "--only", ARGUMENT),
        ("simulate", "--seed", "1", "--record", f"/nowhere/{ARGUMENT}"),
    ],
)
def test_arguments_are_refused_and_obeyed_by_no_terminal(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, said = lab(*arguments, environ={"UNACKED_RUNTIME_DIR": str(tmp_path)})
    assert code in (1, 2) and said


@pytest.mark.parametrize("query", ["?nonsense=1", "?health_check_interval=x", "?ssl_cert_reqs=x", "#", "/x"])
def test_a_url_that_cannot_be_used_is_one_line(query: str) -> None:
    for command in (("up", "--broker"), ("watch",)):
        code, said = lab(*command, f"redis://127.0.0.1:1/0{query}")
        assert code in (1, 2) and said.count("\n") == 1


@pytest.mark.parametrize("content", [bytes(range(128, 256)), b"BROKER_URL=\xff\n", b"BROKER_URL=\x1b[2J\n"])
def test_a_dotenv_that_is_no_text_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    for command in (("up",), ("watch", "--attach")):
        code, said = lab(*command, cwd=tmp_path)
        assert code == 2 and said.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["scenarios"], ["--help"], ["simulate", "--seed", "4"]])
def test_an_output_that_is_full_is_one_line(command: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lab", *command],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.stderr == "The output cannot be written: No space left on device\n"
    assert done.returncode == 1


def test_a_reader_that_has_enough_is_no_fault() -> None:
    done = subprocess.run(
        f"{sys.executable} -m lab scenarios | head -n 1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.stderr == b"" and done.stdout.count(b"\n") == 1


def test_a_terminal_that_knows_no_unicode_gets_what_it_can_show(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as stream:
        Gate(stream).write("2× \ud800 done\n")
    assert path.read_bytes() == b"2? ? done\n"


def test_a_traceback_passes_as_well(tmp_path: Path) -> None:
    program = "import sys; from lab.commands.gate import gated\nwith gated():\n raise OSError(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, ARGUMENT], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert "OSError" in done.stderr and all(line.isprintable() for line in done.stderr.split("\n"))

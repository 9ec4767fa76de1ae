"""One seed on a terminal: told, and replayed on the screen, with no file for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.waiting import wait_until

SEED_7 = [sys.executable, "-m", "lab", "simulate", "--seed", "7", "--only", "crash", "--only", "late-acks"]


@pytest.mark.parametrize(("columns", "rows"), [(120, 36), (80, 24)])
def test_a_seed_is_shown_on_the_screen_and_leaves_nothing_behind(
    tmp_path: Path, columns: int, rows: int
) -> None:
    command = [*SEED_7, "--speed", "1000"]
    with Terminal(command, columns, rows, {"TMPDIR": str(tmp_path)}) as terminal:
        wait_until(lambda: terminal.shows("seed 7", "4 finished", "1 of 5 runs"), 30, "the whole history")
        assert not list(tmp_path.iterdir()), "even a kill leaves nothing"
        terminal.press("q")
        assert terminal.process.wait(10) == 0
        assert terminal.cooked


def test_a_seed_is_only_told_where_a_program_reads_it() -> None:
    with Terminal([*SEED_7, "--json"]) as terminal:
        assert terminal.process.wait(30) == 0
        wait_until(lambda: terminal.shows('"is": "valid"'))


def test_a_seed_that_is_recorded_is_not_shown_as_well(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with Terminal([*SEED_7, "--record", str(path)]) as terminal:
        assert terminal.process.wait(30) == 0
    assert path.stat().st_mode & 0o077 == 0

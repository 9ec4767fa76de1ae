"""A recording in which every text is hostile: a real terminal gets to see nothing of it raw."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.hostile import hostile_recording, raw_in
from tests.waiting import wait_until


@pytest.mark.parametrize(("columns", "rows"), [(120, 36), (80, 24)])
def test_on_the_screen(tmp_path: Path, columns: int, rows: int) -> None:
    path = hostile_recording(tmp_path / "r.jsonl")
    command = [sys.executable, "-m", "tui", "--replay", str(path), "--speed", "1000000"]
    with Terminal(command, columns, rows) as terminal:
        wait_until(lambda: terminal.shows("Duplicate executions — 2 of"), 20)
        # Every list, and every message in it, with its story.
        for keys in ("\t", "\x1b[B", "\x1b[B", "\x1b[B", "\x1b[F", "\t", "\x1b[B", "\t", "\x1b[B", "?"):
            before = len(terminal.raw)
            terminal.press(keys)
            wait_until(lambda before=before: len(terminal.raw) > before)  # type: ignore[misc]
        wait_until(lambda: terminal.shows("Keys and words"))
        terminal.press("\x1b")
        wait_until(lambda: not terminal.shows("Keys and words"))
        terminal.press("q")
        assert terminal.process.wait(10) == 0
        wait_until(lambda: terminal.shows("2 duplicates"))
    assert raw_in(bytes(terminal.raw)) == []


@pytest.mark.parametrize(
    "command",
    [
        ["watch", "--speed", "1e6", "--replay"],
        ["watch", "--json", "--speed", "1e6", "--replay"],
        ["judge"],
        ["judge", "--json"],
    ],
)
def test_on_the_command_line(tmp_path: Path, command: list[str]) -> None:
    path = hostile_recording(tmp_path / "r.jsonl")
    with Terminal([sys.executable, "-m", "lab", *command, str(path)]) as terminal:
        assert terminal.process.wait(30) in (0, 1, 3)
        wait_until(lambda: b"summary" in terminal.raw or b"recording" in terminal.raw)
    assert raw_in(bytes(terminal.raw)) == []
    # No fact has a line's end of its own, nor anything else that is obeyed.
    assert bytes(terminal.raw).replace(b"\r\n", b"").decode().isprintable()

"""A `lab watch` in a process of its own: what it says, when, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

ENDS_WITHIN = 10.0
"""Seconds from SIGINT until it must have ended."""


class Watcher:
    """A running `lab watch --json`. Lines come with when they were read, on the monotonic clock."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "lab", "watch", "--json", *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "UNACKED_RUNTIME_DIR": tempfile.gettempdir()}
        self.lines: list[tuple[float, dict[str, Any]]] = []
        self.error = ""
        self.begun = time.monotonic()
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        self._threads = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_error)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        return self._process.pid

    def doubts(self) -> list[tuple[float, str]]:
        """When each doubt was said, and it."""
        told = [(at, line) for at, line in self.lines if line["kind"] == "doubt" and not line.get("over")]
        return [(at, line["doubt"]) for at, line in told]

    @property
    def summary(self) -> dict[str, Any]:
        """The last line; nothing where there is none."""
        return next((line for _, line in reversed(self.lines) if line["kind"] == "summary"), {})

    def ran(self, ids: set[str]) -> int:
        """How many of these tasks it saw run."""
        seen = {
            line.get("id") for _, line in self.lines if line["kind"] in ("execution", "duplicate", "recovery")
        }
        return len(ids & seen)

    def wait(self, met: Callable[[], object], seconds: float) -> float | None:
        """How long it took until that was so; None if it was not within so many seconds, or it ended."""
        begun = time.monotonic()
        while not met():
            if time.monotonic() - begun > seconds:
                return None
            if self.code is not None:
                for thread in self._threads:
                    thread.join(1)
                return time.monotonic() - begun if met() else None
            time.sleep(0.02)
        return time.monotonic() - begun

    def end(self) -> int | None:
        """End it in order; how it ended, None where it had to be killed."""
        if self.code is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return None
        for thread in self._threads:
            thread.join(1)
        return self.code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append((time.monotonic(), json.loads(line)))

    def _read_error(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.error += line

"""A program run in a pseudo-terminal whose output is read and thrown away, or looked through."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

STYLING = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")
"""What stands between two words of one line on the wire."""


class Run:
    """A running screen. `output` is everything it has written."""

    def __init__(self, arguments: list[str], columns: int = 120, rows: int = 36) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.output = bytearray()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65_536):
                self.output += data

    def until(self, word: str, timeout: float = 60.0) -> float:
        """Seconds from the start of the process until it had written this word."""
        while word not in STYLING.sub(b"", self.output).decode(errors="replace"):
            if time.monotonic() - self.begun > timeout or self.process.poll() is not None:
                raise SystemExit(f"{word!r} did not show within {timeout:g} s")
            time.sleep(0.002)
        return time.monotonic() - self.begun

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[Run]:
    """A screen that is ended with the block."""
    run = Run(list(arguments))
    try:
        yield run
    finally:
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(20)

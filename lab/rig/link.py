"""The link: the program's ends of the two pipes to a keeper, and the keeper's process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

import msgspec

from lab.rig.orders import Order
from lab.rig.reports import Report
from lab.rig.spec import RigSpec
from lab.rig.workers import python_path


class Link:
    """A keeper, to be told orders and heard reports from. Raises `OSError` if it cannot be spawned.

    `held` is a terminal's fd that the keeper gets under the same number.
    """

    def __init__(self, held: int | None) -> None:
        # Unnamed, so that it goes with the processes that have it open.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            # -P: a folder named lab where the program was started is not ours.
            [sys.executable, "-P", "-m", "lab.rig.keeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env={**os.environ, "PYTHONPATH": python_path(os.environ)},
            # In a session of its own neither a hang-up nor Ctrl-C reaches it.
            start_new_session=True,
            pass_fds=() if held is None else (held,),
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._orders, self._reports = self._process.stdin, self._process.stdout
        # A keeper that does not read must not hold up the screen.
        os.set_blocking(self._orders.fileno(), False)
        self._unsent = b""
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """The keeper's pid."""
        return self._process.pid

    def send(self, order: RigSpec | Order | None = None) -> None:
        """Send `order` and what could not be sent before. Never blocks, never fails."""
        with self._lock:
            if self._orders.closed:
                return
            if order is not None:
                self._unsent += msgspec.json.encode(order) + b"\n"
            try:
                while self._unsent:
                    self._unsent = self._unsent[os.write(self._orders.fileno(), self._unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent = b""

    def reports(self) -> Iterator[Report]:
        """Every report as it comes, until the keeper has ended."""
        decoder: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)
        for line in self._reports:
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError:
                # Half a line: the keeper was killed while it wrote.
                continue

    def hang_up(self, timeout: float) -> None:
        """Send no more and wait for the keeper to end, by force after `timeout` seconds."""
        with self._lock:
            self._orders.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def end(self) -> str:
        """How the keeper ended, to follow its name in a sentence; waits for it."""
        status = self._process.wait()
        if status < 0:
            return f"was killed (signal {-status})"
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return f"failed ({lines[-1]})" if lines else f"ended with status {status}"

    def close(self) -> None:
        """Let go of the pipes; for who has read the reports to their end."""
        with self._lock:
            self._orders.close()
        self._reports.close()
        self._complaints.close()

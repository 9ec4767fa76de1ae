"""Whether the attached screen is after an hour what it was after minutes: CPU, memory, files, threads and
bytes to the terminal, at 500 events a second and 2,000 open ETAs.

Peer: itself at the first mark.

    python -m bench.soak [MINUTES]
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from dataclasses import dataclass

import psutil

from bench.event_stream import Message, captured, publish, repeated
from bench.pty_run import Run, running
from bench.screen import entries
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect

RATE = 500.0
"""Events a second, as a real worker published them."""

OPEN = 2_000
"""Messages with an ETA in a day, which stand in `unacked` all the while."""

MINUTES = 60.0

MARKS = (1 / 12, 1 / 3, 2 / 3, 1.0)
"""Parts of the whole time at which is measured: minutes 5, 20, 40 and 60 of an hour."""

SPAN = 60.0
"""Seconds up to a mark over which CPU and bytes are averaged, at most."""

LEVEL = 1.2
"""Times its first value that any of them may be in the end."""

NOTED = 1.0
"""Seconds between two looks at what was written to the terminal."""


@dataclass(frozen=True)
class Mark:
    """What a screen costs at a time."""

    cpu: float
    memory: float
    files: int
    threads: int
    written: float

    def row(self, minute: float, first: Mark) -> str:
        cpu, memory = self.cpu / first.cpu, self.memory / first.memory
        return (
            f"{minute:>6.1f}{self.cpu:>8.1%}{cpu:>7.2f}×{self.memory:>8.0f} MB{memory:>7.2f}×"
            f"{self.files:>7}{self.threads:>9}{self.written / 1e3:>8.1f} kB/s"
        )


class Meter:
    """Measures a running screen, and throws away what it wrote meanwhile."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._process = psutil.Process(run.process.pid)

    def wait(self, until: float) -> int:
        """Let it run until a time of `time.monotonic`; returns the bytes that it wrote."""
        written = 0
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(NOTED, left))
            written += len(self._run.output)
            self._run.output.clear()
        return written

    def mark(self, at: float) -> Mark:
        """What it costs in the time before `at`."""
        self.wait(at - SPAN)
        begun, cpu = time.monotonic(), sum(self._process.cpu_times()[:2])
        written = self.wait(at)
        took = time.monotonic() - begun
        return Mark(
            cpu=(sum(self._process.cpu_times()[:2]) - cpu) / took,
            memory=self._process.memory_info().rss / 1e6,
            files=self._process.num_fds(),
            threads=self._process.num_threads(),
            written=written / took,
        )


def tell(url: str, messages: list[Message], seconds: float) -> None:
    """Publish the stream for so long."""
    rounds = int(seconds * RATE / sum(len(message.events) for message in messages)) + 1
    with connect(url) as client:
        publish(client, repeated(messages, rounds, RATE), RATE)


def main(minutes: float) -> None:
    rig = Rig.start(Settings(workers=1, visibility_timeout=7 * 24 * 3600))
    try:
        rig.wait_ready(20)
        url = rig.state.url or ""
        messages = captured(rig)
        with connect(url) as client:
            entries(client, rig.state.prefix, OPEN, 24 * 3600)
        telling = multiprocessing.get_context("spawn").Process(
            target=tell, args=(url, messages, minutes * 60 + SPAN), daemon=True
        )
        with running(url) as run:
            run.until("Unacked")
            telling.start()
            meter, begun = Meter(run), time.monotonic()
            print(
                f"{'minute':>6}{'CPU':>8}{'':>8}{'memory':>11}{'':>8}{'files':>7}{'threads':>9}{'written':>13}"
            )
            first: Mark | None = None
            for part in MARKS:
                mark = meter.mark(begun + part * minutes * 60)
                first = first or mark
                print(mark.row(part * minutes, first), flush=True)
            run.press("q")
            asked = time.monotonic()
            run.process.wait(20)
            print(f"exit in {time.monotonic() - asked:.2f} s")
        worst = max(mark.cpu / first.cpu, mark.memory / first.memory)
        print(f"in the end {worst:.2f}× the first mark (wanted: {LEVEL:g}×)")
        telling.kill()
    finally:
        rig.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)

"""What the screen costs with many workers: CPU in a second of a replay with 40 messages due in a day.

Peer: the same with two workers.

    python -m bench.frames [WORKERS …]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.costs import DAY, configured, held, online
from bench.pty_run import running
from lab.watch.facts import AnyFact, ConnectionSwept, Heartbeat, Totals
from lab.watch.recording.recorder import Recorder

WORKERS = (2, 100, 300)

MESSAGES = 40

TOLD = 30
"""Seconds that the recording lasts."""

SETTLING, MEASURED = 6.0, 15.0
"""Seconds until the screen stands, and over which is measured."""

FRAMES = 10
"""Looks of the screen in a second."""


def day(workers: int) -> Iterator[AnyFact]:
    """Workers that hide messages for a minute and sweep every ten seconds, and messages due in a day."""
    begin = time.time()
    for n in range(workers):
        yield online(f"w{n}@bench", begin)
        yield configured(f"w{n}@bench", begin, timeout=60.0)
    for n in range(MESSAGES):
        yield from held(f"{n:08x}", f"w{n % workers}@bench", begin + 1 + n * 0.01, begin + DAY + n)
    for tick in range(2 * TOLD):
        at = begin + 2 + tick / 2
        for n in range(tick % 4, workers, 4):
            yield Heartbeat(at=at, seen=at, worker=f"w{n}@bench", pid=7, active=1)
        for n in range(tick % 20, workers, 20):
            yield ConnectionSwept(at=at, seen=at, connection=n, since=at - 0.1, connected=begin)
        yield Totals(at=at, seen=at, unacked=MESSAGES, index=MESSAGES)


def cost(workers: int) -> float:
    """The part of a core that the screen takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        recorder = Recorder(path)
        for fact in day(workers):
            recorder.take(fact)
        recorder.close()
        with running("--replay", str(path)) as run:
            run.until("Unacked")
            time.sleep(SETTLING)
            process, begun = psutil.Process(run.process.pid), time.monotonic()
            before = sum(process.cpu_times()[:2])
            time.sleep(MEASURED)
            return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - begun)


def main(sizes: list[int]) -> None:
    first: float | None = None
    for workers in sizes:
        load = cost(workers)
        first = first or load
        print(
            f"{workers:>6} workers  {load:6.1%} of a core  {1000 * load / FRAMES:6.1f} ms a frame"
            f"  {load / first:5.2f}×",
            flush=True,
        )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(WORKERS))

"""How long from the start of `python -m tui` to its first frame, and to both workers online.

Peer: `python -m celery --version`, the least that a Celery program can do.

    python -m bench.startup [RUNS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from bench.pty_run import running


def peer() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "celery", "--version"], check=True, capture_output=True)
    return time.monotonic() - begun


def main(runs: int) -> None:
    frames, workers, peers = [], [], []
    for _ in range(runs):
        with running() as run:
            frames.append(run.until("Scheduled"))
            workers.append(max(run.until("● w1"), run.until("● w2")))
        peers.append(peer())
    base = statistics.median(peers)
    print(f"{'':<28}{'median':>9}{'max':>9}{'to peer':>9}   ({runs} runs)")
    for name, times in (
        ("first frame", frames),
        ("both workers online", workers),
        ("celery --version", peers),
    ):
        middle = statistics.median(times)
        print(f"{name:<28}{middle:8.2f}s{max(times):8.2f}s{middle / base:8.1f}×")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

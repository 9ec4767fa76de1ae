"""What the screen costs, and what it costs the broker, with 1 to 100,000 entries in `unacked`.

Peer: a reader of the whole of `unacked` and its index, once a second, in this process.

    python -m bench.screen [SECONDS]
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import psutil

from bench.pty_run import running
from lab.rig.claim import MARK
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect

PREFIX = "bench:"
SIZES = (1, 100, 10_000, 100_000)
SETTLING = 4.0


def entries(client: Any, prefix: str, count: int, due: float) -> None:
    """Write `count` entries as kombu does, due in so many seconds."""
    now = time.time()
    pipe = client.pipeline(transaction=False)
    for n in range(count):
        headers = {"id": f"{n:08x}-0000", "task": "lab.run", "retries": 0, "argsrepr": "['CELERY']"}
        headers["eta"] = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(now + due))
        message = {"body": "W1tdLHt9LHt9XQ==", "headers": headers, "properties": {"delivery_tag": f"t{n}"}}
        pipe.zadd(f"{prefix}unacked_index", {f"t{n}": now - 10 + n * 1e-5})
        pipe.hset(f"{prefix}unacked", f"t{n}", json.dumps([message, "", "celery"]))
        if n % 5_000 == 4_999:
            pipe.execute()
    pipe.execute()


def fill(client: Any, count: int) -> None:
    """Empty the server, and write so many entries, due in an hour."""
    client.flushall()
    # The program takes the prefix for a lab's own.
    client.set(PREFIX + MARK, "")
    entries(client, PREFIX, count, 3600)


def commands(client: Any) -> int:
    """Commands that the server has carried out so far."""
    return int(client.info("stats")["total_commands_processed"])


def peer(client: Any) -> float:
    """CPU seconds of one reading of everything."""
    begun = time.process_time()
    client.zrangebyscore(f"{PREFIX}unacked_index", "-inf", "+inf", withscores=True)
    for value in client.hgetall(f"{PREFIX}unacked").values():
        json.loads(value)
    return time.process_time() - begun


def main(seconds: float) -> None:
    rig = Rig.start(Settings(workers=0))
    try:
        rig.wait_ready(20)
        url = rig.state.url or ""
        client = connect(url)
        print(f"{'entries':>8}{'CPU':>8}{'to 1':>7}{'memory':>9}{'commands/s':>12}{'peer':>10}{'to peer':>9}")
        first = None
        for size in SIZES:
            fill(client, size)
            arguments = ("--broker", url, "--lab-prefix", PREFIX, "--workers", "0")
            with running(*arguments, "--visibility-timeout", "3600") as run:
                run.until("Unacked")
                time.sleep(SETTLING)
                process = psutil.Process(run.process.pid)
                cpu, sent, begun = sum(process.cpu_times()[:2]), commands(client), time.monotonic()
                time.sleep(seconds)
                took = time.monotonic() - begun
                rate = (commands(client) - sent - 1) / took
                load = (sum(process.cpu_times()[:2]) - cpu) / took
                memory = process.memory_info().rss / 1e6
            naive = peer(client)
            first = first or load
            print(
                f"{size:>8,}{load:>8.1%}{load / first:>6.2f}×{memory:>6.0f} MB"
                f"{rate:>12.1f}{naive:>10.1%}{load / naive:>8.2f}×"
            )
    finally:
        rig.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 15.0)

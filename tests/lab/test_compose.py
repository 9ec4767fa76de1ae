"""The path of docker-compose.yml, with processes of this machine in place of containers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.app.producer import Producer
from lab.attachment import Attachment
from lab.commands.choosing import found_out
from lab.rig.rig import Rig, RigError
from lab.settings import Settings
from lab.target import from_url
from tests.waiting import wait_until

PREFIX = "unacked-lab:"
SHARED = {"LAB_PREFIX": PREFIX, "VISIBILITY_TIMEOUT": "2", "RESTORE_INTERVAL": "1", "RESTORE_THROTTLE": "1"}


def test_workers_that_somebody_else_started_are_watched_by_attaching_and_no_lab_joins_them(
    tmp_path: Path,
) -> None:
    with Rig.start(Settings(workers=0)) as server:
        server.wait_ready(20)
        url = server.state.url or ""
        with outsiders(tmp_path, {"BROKER_URL": url, **SHARED}, 2):
            watch_a_message(url)
            with pytest.raises(
                RigError, match=f"worker.* w.@outside.*python -m tui {re.escape(url)} watches"
            ):
                Rig.start(Settings(broker_url=url, lab_prefix=PREFIX, workers=0))


def watch_a_message(url: str) -> None:
    """Attach as `python -m tui URL` does, and see a message run as often as it was delivered."""
    found: list[Attachment] = []

    def both_are_found() -> bool:
        target = found_out(from_url(url))
        if target.layout.prefix == PREFIX:
            found.append(Attachment(target))
        return bool(found)

    wait_until(both_are_found, 40, "their prefix")
    (attached,) = found
    try:
        ledger = attached.model.ledger
        alive = ledger.lives.present
        wait_until(lambda: attached.look() and len(list(alive(time.time()))) == 2, 40, "both workers")
        Producer(url, PREFIX).fire(5, "CELERY")
        counts = ledger.counts
        wait_until(lambda: attached.look() and counts.executions >= 2 and not ledger.entries, 20)
        wait_until(lambda: attached.look() and counts.executions == counts.deliveries)
        assert counts.duplicates == counts.executions - 1
    finally:
        attached.close()


@contextmanager
def outsiders(folder: Path, environ: dict[str, str], count: int) -> Iterator[None]:
    """Workers that no rig knows of, started as a container would start them."""
    command = [sys.executable, "-m", "celery", "-A", "lab.app.celery_app", "worker", "-E", "-c", "2"]
    workers = []
    try:
        for n in range(1, count + 1):
            with (folder / f"w{n}.log").open("wb") as log:
                workers.append(
                    subprocess.Popen(
                        [*command, "-n", f"w{n}@outside"],
                        env={**os.environ, **environ},
                        stdout=log,
                        stderr=log,
                        process_group=0,
                    )
                )
        yield
    finally:
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)

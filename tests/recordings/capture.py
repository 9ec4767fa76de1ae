"""Captures how tasks end, from real workers of whichever celery a Python has; and the truth beside it.

    python -m tests.recordings.capture PYTHON NAME

Writes `NAME.jsonl`, the facts that the program's own sources told, and `NAME.json`, how often each task's
code was entered, as the tasks themselves noted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.rig.broker import free_port, server_command
from lab.watch.observer import Observer
from lab.watch.recording.recorder import Recorder
from tests.waiting import wait_until

HERE = Path(__file__).parent

SECONDS = 17
"""How long it is looked on: a retry comes after 12 s."""

SENDS = """
import json, time
from datetime import datetime
from tasks import *
sent = {}
for name in (
    "succeeds succeeds_late raises raises_late ends_by_limit dies dies_late rejects hands_back ignores "
    "replaces retries ends_by_limit_again dies_again"
).split():
    sent[name] = globals()[name].apply_async().id
sent["unknown"] = app.send_task("nobody.knows.it").id
sent["far"] = succeeds.apply_async(eta=datetime(2100, 1, 1)).id
sent["comes_again"] = comes_again.apply_async(task_id="used-twice").id
time.sleep(1.2)
comes_again.apply_async(task_id="used-twice")
print(json.dumps(sent))
"""


def capture(python: str, name: str) -> None:
    """Run all of it once."""
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth"
        truth.touch()
        url = f"redis://127.0.0.1:{(port := free_port())}/0"
        environ = {**os.environ, "BROKER": url, "TRUTH": str(truth), "PYTHONPATH": str(HERE)}
        with running(server_command(port, Path(folder)), environ):
            observer = Observer()
            recorder = Recorder(HERE / f"{name}.jsonl")
            observer.listeners.append(recorder.take)
            observer.watch(url)
            worker = [python, "-m", "celery", "-A", "tasks", "worker"]
            with (
                running([*worker, "-n", "well@h", "-Q", "well", "-c", "4"], environ),
                running([*worker, "-n", "loops@h", "-Q", "loops", "-c", "2"], environ),
            ):
                wait_until(lambda: drained(observer) >= 2, 30, "the workers")
                told = subprocess.run([python, "-c", SENDS], env=environ, capture_output=True, check=True)
                until = time.monotonic() + SECONDS
                while time.monotonic() < until:
                    drained(observer)
                    time.sleep(0.1)
            # What was noted by now was also said by now: the workers were killed.
            drained(observer)
            observer.stop()
            recorder.close()
        starts = Counter(json.loads(line)["id"] for line in truth.read_text().splitlines())
        sent = {task: {"id": id_, "starts": starts[id_]} for task, id_ in json.loads(told.stdout).items()}
        (HERE / f"{name}.json").write_text(json.dumps(sent, indent=1) + "\n")


def drained(observer: Observer) -> int:
    """Apply what waits; how many workers are up."""
    observer.drain()
    return sum(1 for _ in observer.model.ledger.lives)


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    """A process with its children, gone with the block."""
    process = subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    capture(*sys.argv[1:])

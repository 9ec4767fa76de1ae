"""The lab's tasks; each run is noted in a truth log, apart from events."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task, shared_task

TRUTH_LOG = "UNACKED_TRUTH_LOG"
"""Names, in a worker's environment, the file that its runs are noted in."""


@shared_task(bind=True, name="lab.run")
def run(self: Task, name: str, seconds: float = 0.0) -> None:
    """Work for `seconds`, as the task that must run only once."""
    with noted(self):
        time.sleep(seconds)


@contextmanager
def noted(task: Task) -> Iterator[None]:
    """Note the start before any work and the end after it, so that a killed run leaves its start."""
    _note(task, "start")
    yield
    _note(task, "end")


def _note(task: Task, what: str) -> None:
    path = os.environ.get(TRUTH_LOG)
    if not path:
        return
    request: Any = task.request
    line = json.dumps(
        {
            "what": what,
            "at": time.time(),
            "id": request.id,
            "retries": request.retries,
            "worker": request.hostname,
            "pid": os.getpid(),
        }
    )
    # One write in append mode: lines of several children never mix.
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(log, line.encode() + b"\n")
    finally:
        os.close(log)

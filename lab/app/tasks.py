"""The lab's tasks; each run is noted in a truth log, apart from events."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task, shared_task
from celery.exceptions import Reject

TRUTH_LOG = "UNACKED_TRUTH_LOG"
"""Names, in a worker's environment, the file that its runs are noted in."""


@shared_task(bind=True, name="lab.run")
def run(self: Task, name: str, seconds: float = 0.0) -> None:
    """Work for `seconds`, as the task that must run only once."""
    with noted(self):
        time.sleep(seconds)


@shared_task(bind=True, name="lab.retry_once", max_retries=1)
def retry_once(self: Task, name: str, countdown: float) -> None:
    """Fail the first time, and ask for another attempt in `countdown` seconds, which works."""
    with noted(self):
        again = not self.request.retries
    if again:
        raise self.retry(countdown=countdown)


@shared_task(bind=True, name="lab.run_late", acks_late=True)
def run_late(self: Task, name: str, seconds: float = 0.0) -> None:
    """Work for `seconds`, acknowledged only after it."""
    with noted(self):
        time.sleep(seconds)


@shared_task(bind=True, name="lab.hand_back_once", acks_late=True)
def hand_back_once(self: Task, name: str) -> None:
    """Refuse the first delivery and ask for the message to be put back; the next one works."""
    with noted(self):
        if not self.request.delivery_info.get("redelivered"):
            raise Reject("handed back once", requeue=True)


@contextmanager
def noted(task: Task) -> Iterator[None]:
    """Note the start before any work and how it ended after it: only a run that was killed notes no end."""
    _note(task, "start")
    try:
        yield
    except Reject as reject:
        if reject.requeue:
            _note(task, "handed back")
        else:
            _note(task, "raised", exception="Reject")
        raise
    except Exception as error:
        _note(task, "raised", exception=type(error).__name__)
        raise
    _note(task, "end")


def _note(task: Task, what: str, **more: str) -> None:
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
            **more,
        }
    )
    # One write in append mode: lines of several children never mix.
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(log, line.encode() + b"\n")
    finally:
        os.close(log)

"""The lab's tasks; each run is noted in a truth log, apart from events."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task, shared_task
from celery.exceptions import Ignore, Reject

TRUTH_LOG = "UNACKED_TRUTH_LOG"
"""Names, in a worker's environment, the file that its runs are noted in."""

LONG = 60.0
"""Seconds that a task would work that is killed before."""

ACCEPTED = 0.5
"""Seconds until a worker has read that a pool child took a job; it takes milliseconds."""


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


@shared_task(bind=True, name="lab.fail")
def fail(self: Task, name: str) -> None:
    """Raise."""
    with noted(self):
        raise ValueError("on purpose")


@shared_task(bind=True, name="lab.overrun", time_limit=1)
def overrun(self: Task, name: str) -> None:
    """Go on beyond the hard time limit: the worker kills the pool child."""
    with noted(self):
        time.sleep(LONG)


@shared_task(bind=True, name="lab.ignore")
def ignore(self: Task, name: str) -> None:
    """Ask for this run to be ignored, which leaves it without an end in Celery's events."""
    with noted(self):
        raise Ignore


@shared_task(bind=True, name="lab.reject", acks_late=True)
def reject(self: Task, name: str) -> None:
    """Refuse the message for good."""
    with noted(self):
        raise Reject("refused for good", requeue=False)


@shared_task(bind=True, name="lab.replace")
def replace(self: Task, name: str) -> None:
    """Have another task run in its place, under its own id."""
    with noted(self):
        raise self.replace(run.s(name))


@shared_task(bind=True, name="lab.die")
def die(self: Task, name: str) -> None:
    """Kill its own pool child, as the kernel does when memory is short; it was acknowledged before."""
    with noted(self):
        _die(self)


@shared_task(bind=True, name="lab.die_late", acks_late=True)
def die_late(self: Task, name: str) -> None:
    """Kill its own pool child; the worker acknowledges the message as failed."""
    with noted(self):
        _die(self)


@shared_task(bind=True, name="lab.die_once", acks_late=True, reject_on_worker_lost=True)
def die_once(self: Task, name: str) -> None:
    """Kill its own pool child at the first delivery; the message is handed back, and the next run works."""
    with noted(self):
        if not self.request.delivery_info.get("redelivered"):
            _die(self)


@contextmanager
def noted(task: Task) -> Iterator[None]:
    """Note the start before any work and how it ended after it: only a run that was killed notes no end."""
    _note(task, "start", limit=task.time_limit)
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


def _die(task: Task) -> None:
    """Kill this process, once its worker has surely read that it took the job.

    Before that the worker gives the job to another child, and no event tells of the run that died
    (`celery.concurrency.asynpool:AsynPool`, 5.7.0).
    """
    time.sleep(ACCEPTED)
    _note(task, "dies", returned=bool(task.acks_late and task.reject_on_worker_lost))
    os.kill(os.getpid(), signal.SIGKILL)


def _note(task: Task, what: str, **more: object) -> None:
    path = os.environ.get(TRUTH_LOG)
    if not path:
        return
    request: Any = task.request
    line = json.dumps(
        {
            "what": what,
            "at": time.time(),
            "task": task.name,
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

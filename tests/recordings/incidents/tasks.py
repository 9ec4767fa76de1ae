"""The tasks of the incidents: each notes in the file that TRUTH names when its code starts, and how it ends.

Run by the workers of `tests.recordings.incidents`, with whatever celery they have; of the project it takes
the lock along, as anybody would. The first argument of each is its name, by which the truth is told.
"""

import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

from celery import Celery
from celery.exceptions import Ignore, Reject

from lab.app.cures.lock import Locked

app = Celery("incidents", broker=os.environ["BROKER"])
app.conf.update(
    {
        "broker_connection_retry_on_startup": True,
        "task_send_sent_event": True,
        "worker_send_task_events": True,
        **json.loads(os.environ.get("CONF", "{}")),
    }
)


def note(task, name, what):
    request = task.request
    line = {"what": what, "at": time.time(), "id": request.id, "name": name}
    line |= {"retries": request.retries, "pid": os.getpid(), "worker": request.hostname}
    log = os.open(os.environ["TRUTH"], os.O_WRONLY | os.O_APPEND)
    os.write(log, json.dumps(line).encode() + b"\n")
    os.close(log)


@contextmanager
def noted(task, name):
    """A run that is killed notes no end."""
    note(task, name, "start")
    try:
        yield
    except BaseException as error:
        note(task, name, f"raised {type(error).__name__}")
        raise
    note(task, name, "end")


@app.task(bind=True)
def work(self, name, seconds=0.0):
    with noted(self, name):
        time.sleep(seconds)


@app.task(bind=True, acks_late=True)
def late(self, name, seconds=0.0):
    with noted(self, name):
        time.sleep(seconds)


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def late_lost(self, name, seconds=0.0):
    with noted(self, name):
        time.sleep(seconds)


@app.task(bind=True, base=Locked)
def locked(self, name, seconds=0.0):
    with noted(self, name):
        time.sleep(seconds)


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def poison(self, name, deaths):
    """Kill its own child, as a task does that takes too much memory, for that many times."""
    with noted(self, name):
        lines = map(json.loads, Path(os.environ["TRUTH"]).read_text().splitlines())
        starts = [line for line in lines if line["id"] == self.request.id and line["what"] == "start"]
        if len(starts) <= deaths:
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)


@app.task(bind=True)
def ends(self, name, how):
    with noted(self, name):
        end(self, name, how)


@app.task(bind=True, acks_late=True)
def ends_late(self, name, how):
    with noted(self, name):
        end(self, name, how)


def end(task, name, how):
    """End in one of the ways that are no return; what comes again returns then."""
    if how == "raise":
        raise ValueError("on purpose")
    if how == "reject":
        raise Reject("on purpose", requeue=False)
    if how == "requeue" and not task.request.delivery_info.get("redelivered"):
        raise Reject("once", requeue=True)
    if how == "ignore":
        raise Ignore
    if how == "retry" and not task.request.retries:
        raise task.retry(countdown=0)
    if how == "replace":
        raise task.replace(work.s(name))
    if how == "overrun":
        time.sleep(30)

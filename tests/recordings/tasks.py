"""The tasks that are captured: each ends in its own way, and notes every start in the file that TRUTH names.

Run by the workers of `tests.recordings.capture`, with whatever celery they have, and nothing of the project.
"""

import json
import os
import signal
import time
from pathlib import Path

from celery import Celery
from celery.exceptions import Ignore, Reject

app = Celery("captured", broker=os.environ["BROKER"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 60},
    task_default_queue="well",
    task_send_sent_event=True,
    worker_send_task_events=True,
    task_routes={"ends_by_limit_again": {"queue": "loops"}, "dies_again": {"queue": "loops"}},
)


def noted(**options):
    """A task that notes its start first."""

    def decorate(function):
        def body(self):
            line = json.dumps({"id": self.request.id, "at": time.time()})
            with Path(os.environ["TRUTH"]).open("a") as truth:
                truth.write(f"{line}\n")
            return function(self)

        return app.task(bind=True, name=function.__name__, **options)(body)

    return decorate


def die():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


@noted()
def succeeds(self):
    time.sleep(0.1)


@noted(acks_late=True)
def succeeds_late(self):
    time.sleep(0.3)


@noted()
def raises(self):
    raise ValueError("on purpose")


@noted(acks_late=True, acks_on_failure_or_timeout=False)
def raises_late(self):
    raise ValueError("on purpose")


@noted(time_limit=1)
def ends_by_limit(self):
    time.sleep(30)


@noted(time_limit=1, acks_late=True, acks_on_failure_or_timeout=False)
def ends_by_limit_again(self):
    time.sleep(30)


@noted()
def dies(self):
    die()


@noted(acks_late=True)
def dies_late(self):
    die()


@noted(acks_late=True, reject_on_worker_lost=True)
def dies_again(self):
    die()


@noted(acks_late=True)
def rejects(self):
    raise Reject("on purpose", requeue=False)


@noted(acks_late=True)
def hands_back(self):
    if not self.request.delivery_info.get("redelivered"):
        raise Reject("once", requeue=True)


@noted()
def ignores(self):
    raise Ignore


@noted()
def replaces(self):
    raise self.replace(succeeds.s())


@noted(max_retries=1)
def retries(self):
    if not self.request.retries:
        raise self.retry(countdown=12)


@noted()
def comes_again(self):
    """Sent twice under one id."""

"""The Celery app of the workers that are at fault."""

from __future__ import annotations

import time

from celery import Celery

app = Celery("faulting")
app.conf.broker_connection_retry_on_startup = True
app.conf.broker_transport_options = {"visibility_timeout": 3_600}


@app.task(ignore_result=True)
def run(seconds: float = 0.0) -> None:
    """Take so long."""
    time.sleep(seconds)


@app.task(ignore_result=True, acks_late=True)
def run_late(seconds: float = 0.0) -> None:
    """The same, acknowledged at its end."""
    time.sleep(seconds)

"""Sending: how a scenario's tasks get to the broker, at once or by a detour of a cure. Blocks."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.app.celery_app import CONF, make_app
from lab.experiments.setup import Setup
from lab.experiments.testbed import SentTask


@dataclass(frozen=True, slots=True)
class SendSpec:
    """Which tasks to send. Times are seconds."""

    task: str
    args: list[Any]
    countdown: float
    count: int
    priority: int | None
    quietly: bool


def send(spec: SendSpec, setup: Setup, url: str, prefix: str, folder: Path) -> list[SentTask]:
    """Send them, and say what was sent. Raises whatever kombu, redis-py or SQLite raise."""
    conf: dict[str, Any] = {"task_send_sent_event": not spec.quietly}
    if setup.conf.get("task_ignore_result") is False:
        # The worker takes "ignored" from the message.
        conf |= {"task_ignore_result": False, "result_backend": "$BROKER_URL"}
    environ = {"BROKER_URL": url, "LAB_PREFIX": prefix, CONF: json.dumps(conf), **setup.producer}
    app = make_app(environ)
    try:
        return [_one(spec, setup, app, folder) for _ in range(spec.count)]
    finally:
        app.close()


def _one(spec: SendSpec, setup: Setup, app: Any, folder: Path) -> SentTask:
    task_id = str(uuid.uuid4())
    now = time.time()
    due = now + spec.countdown
    if setup.delay == "row" and spec.countdown:
        from lab.app.cures import row

        row.put(folder / row.FILE, spec.task, spec.args, due, task_id=task_id)
    elif setup.delay == "hops" and spec.countdown:
        from lab.app.cures import hops

        hops.send(app, spec.task, spec.args, due=due, longest=setup.hop, task_id=task_id)
    else:
        app.send_task(
            spec.task,
            args=spec.args,
            countdown=spec.countdown or None,
            task_id=task_id,
            priority=spec.priority,
            retry=False,
        )
    return SentTask(task_id, str(spec.args[0]), now, due)

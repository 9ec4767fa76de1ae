"""Sending: how a scenario's tasks get to the broker, at once or by a detour of a cure. Blocks."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.celery_app import CONF, make_app
from lab.scenarios.bench import Posted
from lab.scenarios.scenario import Setup


@dataclass(frozen=True, slots=True)
class Order:
    """Which tasks to send. Times are seconds."""

    task: str
    args: list[Any]
    countdown: float
    count: int
    priority: int | None
    quietly: bool


def send(order: Order, setup: Setup, url: str, prefix: str, folder: Path) -> list[Posted]:
    """Send them, and say what was sent. Raises whatever kombu, redis-py or SQLite raise."""
    conf: dict[str, Any] = {"task_send_sent_event": not order.quietly}
    if setup.conf.get("task_ignore_result") is False:
        # The worker takes "ignored" from the message.
        conf |= {"task_ignore_result": False, "result_backend": "$BROKER_URL"}
    environ = {"BROKER_URL": url, "LAB_PREFIX": prefix, CONF: json.dumps(conf), **setup.producer}
    app = make_app(environ)
    try:
        return [_one(order, setup, app, folder) for _ in range(order.count)]
    finally:
        app.close()


def _one(order: Order, setup: Setup, app: Any, folder: Path) -> Posted:
    task_id = str(uuid.uuid4())
    now = time.time()
    due = now + order.countdown
    if setup.delay == "row" and order.countdown:
        from lab.mitigations import row

        row.put(folder / row.FILE, order.task, order.args, due, task_id=task_id)
    elif setup.delay == "hops" and order.countdown:
        from lab.mitigations import hops

        hops.send(app, order.task, order.args, due=due, longest=setup.hop, task_id=task_id)
    else:
        app.send_task(
            order.task,
            args=order.args,
            countdown=order.countdown or None,
            task_id=task_id,
            priority=order.priority,
            retry=False,
        )
    return Posted(task_id, str(order.args[0]), now, due)

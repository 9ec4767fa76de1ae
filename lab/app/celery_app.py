"""The Celery app that the lab's workers run; all of its settings come from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from celery import Celery

CONF = "UNACKED_CONF"
"""Names, in the environment, Celery settings as a JSON object: what a scenario or a cure changes. The text
`$BROKER_URL` as a value stands for the broker's URL; transport options are added to those that are there."""

TASK_CLASS = "UNACKED_TASK_CLASS"
"""Names, in the environment, the class of the app's tasks, such as `lab.app.cures.lock:Locked`."""


def make_app(environ: Mapping[str, str]) -> Celery:
    """An app on the broker, prefix and transport options that `environ` names (see `lab.rig.workers`)."""
    options: dict[str, Any] = {"global_keyprefix": environ.get("LAB_PREFIX", "")}
    for option, name in (
        ("visibility_timeout", "VISIBILITY_TIMEOUT"),
        ("unacked_restore_interval", "RESTORE_INTERVAL"),
        ("unacked_restore_throttle", "RESTORE_THROTTLE"),
    ):
        if name in environ:
            options[option] = int(environ[name])
    url = environ.get("BROKER_URL", "redis://localhost:6379/0")
    made = Celery("lab", broker=url, include=["lab.app.tasks"], task_cls=environ.get(TASK_CLASS) or None)
    conf = json.loads(environ.get(CONF, "{}"))
    options |= conf.pop("broker_transport_options", {})
    made.conf.update(
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_send_sent_event=True,
        worker_send_task_events=True,
        # A lab's messages are its own: JSON only, as the watcher decodes.
        accept_content=["json"],
    )
    made.conf.update({name: url if value == "$BROKER_URL" else value for name, value in conf.items()})
    return made


app = make_app(os.environ)

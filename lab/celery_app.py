"""The Celery app that the lab's workers run; all of its settings come from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery


def make_app(environ: Mapping[str, str]) -> Celery:
    """An app on the broker, prefix and transport options that `environ` names (see `lab.workers`)."""
    options: dict[str, Any] = {"global_keyprefix": environ.get("LAB_PREFIX", "")}
    for option, name in (
        ("visibility_timeout", "VISIBILITY_TIMEOUT"),
        ("unacked_restore_interval", "RESTORE_INTERVAL"),
        ("unacked_restore_throttle", "RESTORE_THROTTLE"),
    ):
        if name in environ:
            options[option] = int(environ[name])
    made = Celery("lab", broker=environ.get("BROKER_URL", "redis://localhost:6379/0"), include=["lab.tasks"])
    made.conf.update(
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_send_sent_event=True,
        worker_send_task_events=True,
        # A lab's messages are its own: JSON only, as the watcher decodes.
        accept_content=["json"],
    )
    return made


app = make_app(os.environ)

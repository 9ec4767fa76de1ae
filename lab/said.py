"""What is said of the workers of an attached broker, by their app or by the user, without being asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lab.watch.facts import Configured, SaidBy


def app_says(options: Mapping[str, Any]) -> Configured:
    """What an app's transport options say of every worker; kombu's defaults where they say nothing,
    since then that is what the app runs with. Raises `TypeError` and `ValueError`."""
    return _of_every_worker(
        "app",
        float(options.get("visibility_timeout", 3600)),
        float(options.get("unacked_restore_interval", 10)),
        int(options.get("unacked_restore_throttle", 10)),
    )


def user_says(numbers: Mapping[str, float]) -> Configured:
    """What the user says that every worker runs with: seconds by `visibility_timeout` and `restore_interval`,
    and `restore_throttle`; what is left out is not said."""
    throttle = numbers.get("restore_throttle")
    return _of_every_worker(
        "user",
        numbers.get("visibility_timeout"),
        numbers.get("restore_interval"),
        None if throttle is None else int(throttle),
    )


def _of_every_worker(
    by: SaidBy, timeout: float | None, interval: float | None, throttle: int | None
) -> Configured:
    now = time.time()
    return Configured(
        at=now,
        seen=now,
        worker="",
        visibility_timeout=timeout,
        interval=interval,
        throttle=throttle,
        pool="",
        by=by,
    )

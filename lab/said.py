"""What is said of the workers of an attached broker, by their app or by the user, without being asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lab.watch import sweep_options
from lab.watch.bounds import absurd
from lab.watch.facts import Configured, SaidBy
from lab.watch.sweep_options import Version


def app_says(options: Mapping[str, Any], kombu: Version) -> Configured:
    """What an app's transport options say of every worker, as this kombu understands them; its defaults where
    they say nothing, since then that is what the app runs with. Raises `TypeError`, `ValueError` and
    `OverflowError`."""
    said = _of_every_worker(
        "app",
        sweep_options.timeout(options),
        sweep_options.interval(options, kombu),
        sweep_options.throttle(options, kombu),
    )
    if field := absurd(said):
        raise ValueError(f"{field.replace('_', ' ')} is out of bounds")
    return said


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

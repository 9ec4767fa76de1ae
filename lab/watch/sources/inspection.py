"""The workers' own settings, asked for by a thread, where that is permitted.

Asking (`celery inspect stats`) declares a reply queue, which writes keys to the broker: watching alone never
does. So it is a permission of its own, and off unless it was given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from lab.watch.facts import AnyFact, Configured
from lab.watch.sources.address import CONNECT_SECONDS
from lab.watch.sources.source import Source

EVERY = 15.0
"""Seconds between two questions: a worker may come, or come back with other settings."""

PATIENCE = 1.0
"""Seconds that workers have to answer. One whose event loop is busy with a long sweep does not."""

DEFAULTS = {"visibility_timeout": 3600.0, "unacked_restore_interval": 10.0, "unacked_restore_throttle": 10}
"""What a worker runs with that names no transport options (`kombu.transport.redis:Channel`)."""


class Inspection(Source):
    """The asker thread over every worker that answers on one db, under one key prefix."""

    name = "fleet"

    def __init__(self, url: str, prefix: str, emit: Callable[[AnyFact], None]) -> None:
        super().__init__(url, emit)
        self.prefix = prefix

    def listen(self) -> None:
        # Here, because only who may ask needs Celery, which takes half a second to import.
        from celery import Celery

        app = Celery("unacked", broker=self.url, set_as_current=False)
        app.conf.broker_transport_options = {
            "global_keyprefix": self.prefix,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": CONNECT_SECONDS,
        }
        try:
            while not self.stopping.is_set():
                stats: Any = app.control.inspect(timeout=PATIENCE).stats()
                now = time.time()
                for worker, each in (stats or {}).items():
                    if (fact := configured(str(worker), each, now)) is not None:
                        self.emit(fact)
                self.stopping.wait(EVERY)
        finally:
            app.close()


def configured(worker: str, stats: Any, now: float) -> Configured | None:
    """What one worker's answer says of its transport options; None where it does not fit."""
    try:
        options: Mapping[str, Any] = {**DEFAULTS, **(stats["broker"].get("transport_options") or {})}
        return Configured(
            at=now,
            seen=now,
            worker=worker[:200],
            visibility_timeout=float(options["visibility_timeout"]),
            interval=float(options["unacked_restore_interval"]),
            throttle=int(options["unacked_restore_throttle"]),
            pool=_pool(str(stats["pool"].get("implementation", ""))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _pool(implementation: str) -> str:
    """`prefork` from `celery.concurrency.prefork:TaskPool`."""
    return implementation.partition(":")[0].rpartition(".")[2] or "prefork"

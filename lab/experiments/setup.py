"""The setup: what a scenario runs on, as a declaration; workers, settings, server, how its tasks wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.rig.workers import WorkerSpec

FAST_TIMEOUT = 5
"""Seconds that a message stays hidden, unless a scenario says otherwise."""

Delay = Literal["countdown", "hops", "row"]
"""How a task that is not due yet waits: as a message with an ETA, a chain of them, or a database row."""

Probe = Literal["bare", "app", "no-ack-emulation", "raw"]
"""How workers are asked whether they live: by Celery with nothing but the broker's URL; with the app and its
transport options; without kombu's emulation of acknowledgements; or past kombu, over plain Redis."""

DEFAULT_TIMEOUT = 3_600
"""Seconds after which a client puts a message back that was told no visibility timeout (`kombu.transport.
redis:Channel`)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a scenario runs on; a cure changes this, and nothing else of it."""

    workers: tuple[WorkerSpec, ...]
    later: tuple[WorkerSpec, ...] = ()
    """Workers that a step starts; there is at least one here or above."""
    conf: Mapping[str, Any] = field(default_factory=dict)
    """Celery settings of every worker."""
    task_class: str = ""
    """The class of every worker's tasks, such as `lab.app.cures.lock:Locked`."""
    producer: Mapping[str, str] = field(default_factory=dict)
    """The producer's environment, as `lab.app.celery_app.make_app` reads it."""
    server: tuple[str, ...] = ()
    """More of the server's command line."""
    delay: Delay = "countdown"
    hop: int = 0
    """Seconds of the longest hop, where tasks wait in hops."""
    supervised: bool = True
    """Whether a worker that ended by itself is started again."""

    probe: Probe | None = None
    """How the workers are asked, where a step asks them."""

    @property
    def hidden(self) -> int:
        """The smallest visibility timeout of any worker, in seconds: the one in force."""
        return min(spec.visibility_timeout for spec in (*self.workers, *self.later))

    @property
    def shortest(self) -> int:
        """The smallest visibility timeout of anybody who sweeps, a bare probe included, in seconds."""
        return min(self.hidden, DEFAULT_TIMEOUT) if self.probe == "bare" else self.hidden


def worker(
    name: str = "w1",
    *,
    hidden: int = FAST_TIMEOUT,
    interval: int = 1,
    throttle: int = 1,
    concurrency: int = 2,
    pool: str = "prefork",
    queue: str = "",
    environment: Mapping[str, str] | None = None,
) -> WorkerSpec:
    """A worker of a scenario, by default with the fast settings: hidden for 5 s, a sweep every second."""
    return WorkerSpec(
        name=f"{name}@lab",
        concurrency=concurrency,
        visibility_timeout=hidden,
        restore_interval=interval,
        restore_throttle=throttle,
        pool=pool,
        environment=dict(environment or {}),
        options=["-Q", queue] if queue else [],
    )

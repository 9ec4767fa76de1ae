"""Workers: the command line, environment and restart rule of a Celery worker process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRUTH_LOG = "UNACKED_TRUTH_LOG"
"""As `lab.app.tasks.TRUTH_LOG`, which is not imported here because it brings Celery with it."""


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """A worker as it is wanted. Times are whole seconds."""

    name: str
    """Its node name, such as `w1@lab`."""
    concurrency: int
    visibility_timeout: int
    restore_interval: int
    restore_throttle: int
    pool: str = "prefork"
    app: str = "lab.app.celery_app"
    """The module of its Celery app."""
    environment: dict[str, str] = field(default_factory=dict)
    """What its environment has besides; wins over everything else."""
    options: list[str] = field(default_factory=list)
    """More of its command line, such as `-Q other`."""

    @property
    def log_name(self) -> str:
        """The file name of its log: `w1.log` for `w1@lab`."""
        return f"{self.name.partition('@')[0].replace(os.sep, '_')}.log"


def command(spec: WorkerSpec) -> list[str]:
    """The command line of a worker. No secret is on it: the broker's URL is in the environment."""
    words = [sys.executable, "-m", "celery", "-A", spec.app, "worker", "-E", "-n", spec.name]
    # Not "-Pgevent": without the space Celery skips the monkey-patching.
    words += ["-c", str(spec.concurrency), "-P", spec.pool, "--loglevel", "INFO"]
    return words + spec.options


def environment(
    spec: WorkerSpec,
    *,
    url: str,
    prefix: str,
    truth_log: Path,
    temporary: Path,
    inherited: Mapping[str, str],
) -> dict[str, str]:
    """The whole environment of a worker, as `lab.app.celery_app.make_app` and `lab.app.tasks` read it.

    `temporary` is the folder for its temporary files: at every start a worker makes a `pymp-*` there, for
    what it shares with its pool, and leaves it behind (`billiard.heap:Arena`, billiard 4.3).
    """
    return {
        **inherited,
        **app_environment(
            inherited, url, prefix, spec.visibility_timeout, spec.restore_interval, spec.restore_throttle
        ),
        TRUTH_LOG: str(truth_log),
        "TMPDIR": str(temporary),
        **spec.environment,
    }


def app_environment(
    inherited: Mapping[str, str], url: str, prefix: str, timeout: int, interval: int, throttle: int
) -> dict[str, str]:
    """What the environment of anybody has who runs the lab's app, and sweeps as a worker with these settings
    does; times in seconds."""
    return {
        "PYTHONPATH": python_path(inherited),
        "BROKER_URL": url,
        "LAB_PREFIX": prefix,
        "VISIBILITY_TIMEOUT": str(timeout),
        "RESTORE_INTERVAL": str(interval),
        "RESTORE_THROTTLE": str(throttle),
    }


def python_path(inherited: Mapping[str, str]) -> str:
    """A PYTHONPATH with which `lab` is importable from any folder."""
    home = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(path for path in (home, inherited.get("PYTHONPATH")) if path)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a process that ended is started again. Times are seconds."""

    first: float = 0.5
    longest: float = 10.0
    settled: float = 30.0
    """A process that lived this long had no trouble starting: what went before is forgotten."""

    def failures(self, before: int, lived: float) -> int:
        """The ends in a row, counting this one, of a process that lived `lived` seconds."""
        return 1 if lived >= self.settled else before + 1

    def pause(self, failures: int) -> float | None:
        """Seconds to wait after that many ends in a row: doubling to `longest`, once; then None, give up."""
        pause = self.first
        for _ in range(failures - 1):
            if pause >= self.longest:
                return None
            pause = min(pause * 2, self.longest)
        return pause

"""Waiting for a condition instead of sleeping, and looking at processes from outside."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable

import psutil


def wait_until(predicate: Callable[[], object], timeout: float = 10.0, what: str = "") -> None:
    """Return as soon as `predicate()` is true; fail the test after `timeout` seconds."""
    until = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > until:
            raise AssertionError(f"not within {timeout:g} s: {what or predicate}")
        time.sleep(0.02)


def living(groups: Iterable[int | None]) -> list[str]:
    """The processes of these groups that are not just zombies, each as pid, status and command line."""
    wanted = {group for group in groups if group is not None}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) in wanted and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {process.status()} {' '.join(process.cmdline())}")
    return found

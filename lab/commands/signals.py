"""Stopping: ctrl+c and its like as an event, so that what was begun is ended in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY = 0.1
"""Seconds between two looks at what was reported and seen, while nothing stops it."""


@contextmanager
def by_signals() -> Iterator[threading.Event]:
    """An event that ctrl+c, SIGTERM and SIGHUP set. Only in the main thread."""
    stopped = threading.Event()
    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in handled}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl+c raises `KeyboardInterrupt` at once; one that came while an object was finalized, where Python
    can only print it, is raised at the end. Only in the main thread."""
    came = False

    def interrupt(*_: object) -> None:
        nonlocal came
        came = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt

"""Work in the background: one thing that may block, in a thread, so that whoever looks never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """Runs `work` in a daemon thread. An error is kept, not lost with the thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.error: Exception | None = None
        self._results: list[T] = []
        self._work = work
        self._thread = threading.Thread(target=self._run, name="unacked-background", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return bool(self._results) or self.error is not None

    @property
    def result(self) -> T:
        """What the work came back with; only after it is done without an error."""
        return self._results[0]

    def join(self, timeout: float) -> None:
        """Wait for the end, at most `timeout` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except Exception as error:
            # Kombu, redis-py, SQLite and the socket each raise their own kinds.
            self.error = error

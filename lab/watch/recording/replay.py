"""The replay: plays a recording as it was seen, in the time of the recording."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from lab.watch.facts import AnyFact
from lab.watch.recording.reading import opened

WHILE_FULL = 0.005
"""Seconds between two looks whether there is room for the next fact."""


class Replay:
    """Plays a recording: emits its facts as they were learned, and tells the time of the recording.

    While `full` says that there is no room for a fact it waits, and the recording's time with it.
    """

    def __init__(
        self,
        path: Path,
        emit: Callable[[AnyFact], None],
        speed: float = 1.0,
        full: Callable[[], bool] = lambda: False,
    ) -> None:
        self.path, self.speed = path, speed
        self.ended = False
        self._emit, self._full = emit, full
        self.header, self._facts = opened(path)
        self._first = next(self._facts, None)
        # Where the first parts are gone, the one that is left begins with what stood, seen long before.
        self._origin = self.header.begins or (self._first.seen if self._first else 0.0)
        self._begun = time.monotonic()
        self._next = self._origin
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="unacked-replay", daemon=True)

    def start(self) -> None:
        """Begin; the recording's first fact is now."""
        self._begun = time.monotonic()
        self._thread.start()

    def clock(self) -> float:
        """The time in the recording, Unix seconds; it never goes past the next fact, nor past the last."""
        return min(self._now(), self._next)

    def stop(self) -> None:
        """End early."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _now(self) -> float:
        return self._origin + (time.monotonic() - self._begun) * self.speed

    def _run(self) -> None:
        if self._first and not self._play(self._first):
            return
        for fact in self._facts:
            if not self._play(fact):
                return
        self.ended = True

    def _play(self, fact: AnyFact) -> bool:
        """Emit a fact when its time has come and there is room; False if the replay was ended before."""
        self._next = max(self._next, fact.seen)
        ahead = (self._next - self._now()) / self.speed
        if (ahead > 0 and self._stopping.wait(min(ahead, threading.TIMEOUT_MAX))) or self._stopping.is_set():
            return False
        while self._full():
            if self._stopping.wait(WHILE_FULL):
                return False
        self._emit(fact)
        return True

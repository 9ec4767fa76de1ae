"""The firing thread: it owns the producer, so that sending a message never holds up the screen."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

NAME = "CELERY"
"""The argument of what is sent, by which a message is told from others, unless another is asked for."""

JOIN = 0.5
"""Seconds that closing waits for the thread, which is a daemon and may be left behind."""


class Sender(Protocol):
    """What sends (`lab.app.producer.Producer`)."""

    def fire(self, seconds: float, name: str, count: int = 1) -> Sequence[SentMessage]: ...

    def close(self) -> None: ...


class SentMessage(Protocol):
    """One message that was sent (`lab.app.producer.Fired`)."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FireRequest:
    """What is to be sent: `count` messages, each due in `seconds`."""

    seconds: float
    name: str = NAME
    count: int = 1


@dataclass(frozen=True, slots=True)
class FireResult:
    """What became of a request: the ids that were sent, and why not all of them were, in one line."""

    request: FireRequest
    ids: tuple[str, ...] = ()
    error: str = ""


class Firing:
    """A queue of requests, and the results to be picked up. The broker may come after the first request."""

    def __init__(self, make: Callable[[], Sender]) -> None:
        self._make = make
        self._requests: queue.SimpleQueue[FireRequest | None] = queue.SimpleQueue()
        self._results: deque[FireResult] = deque()
        self._ready = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="unacked-firing", daemon=True)
        self._thread.start()

    def fire(self, request: FireRequest) -> None:
        """Send as soon as there is a broker."""
        self._requests.put(request)

    def open(self) -> None:
        """There is a broker now."""
        self._ready.set()

    @property
    def waiting(self) -> bool:
        """Whether requests wait for the broker to start."""
        return not self._ready.is_set()

    def results(self) -> list[FireResult]:
        """What became of requests since the last call."""
        done = []
        while self._results:
            done.append(self._results.popleft())
        return done

    def close(self) -> None:
        """End the thread; a message on its way may still be sent."""
        self._closing = True
        self._ready.set()
        self._requests.put(None)
        self._thread.join(JOIN)

    def _run(self) -> None:
        sender: Sender | None = None
        self._ready.wait()
        while not self._closing:
            try:
                # Made before the first request: importing Celery takes a second.
                sender = sender or self._make()
            except Exception as error:
                self._report(self._requests.get(), error)
                continue
            request = self._requests.get()
            if request is None:
                break
            try:
                sent = sender.fire(request.seconds, request.name, request.count)
            except Exception as error:
                # A thread dies unseen: whatever went wrong is for the status line.
                self._report(request, error)
            else:
                self._results.append(FireResult(request, tuple(each.id for each in sent)))
        if sender:
            sender.close()

    def _report(self, request: FireRequest | None, error: Exception) -> None:
        if request is not None:
            self._results.append(
                FireResult(request, error=" ".join(str(error).split()) or type(error).__name__)
            )

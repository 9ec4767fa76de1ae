"""The firing thread: it owns the producer, so that sending a message never holds up the screen."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

JOIN = 0.5
"""Seconds that closing waits for the thread, which is a daemon and may be left behind."""


class Sender(Protocol):
    """What sends (`lab.producer.Producer`)."""

    def fire(self, seconds: float, name: str, count: int = 1) -> Sequence[Sent]: ...

    def close(self) -> None: ...


class Sent(Protocol):
    """One message that was sent (`lab.producer.Fired`)."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shot:
    """What is to be sent: `count` messages, each due in `seconds`."""

    seconds: float
    name: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a shot: the ids that were sent, and why not all of them were, in one line."""

    shot: Shot
    ids: tuple[str, ...] = ()
    error: str = ""


class Firing:
    """A queue of shots, and the outcomes to be picked up. The broker may come after the first shot."""

    def __init__(self, make: Callable[[], Sender]) -> None:
        self._make = make
        self._shots: queue.SimpleQueue[Shot | None] = queue.SimpleQueue()
        self._outcomes: deque[Outcome] = deque()
        self._ready = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="unacked-firing", daemon=True)
        self._thread.start()

    def fire(self, shot: Shot) -> None:
        """Send as soon as there is a broker."""
        self._shots.put(shot)

    def open(self) -> None:
        """There is a broker now."""
        self._ready.set()

    @property
    def waiting(self) -> bool:
        """Whether shots wait for the broker to start."""
        return not self._ready.is_set()

    def outcomes(self) -> list[Outcome]:
        """What became of shots since the last call."""
        done = []
        while self._outcomes:
            done.append(self._outcomes.popleft())
        return done

    def close(self) -> None:
        """End the thread; a message on its way may still be sent."""
        self._closing = True
        self._ready.set()
        self._shots.put(None)
        self._thread.join(JOIN)

    def _run(self) -> None:
        sender: Sender | None = None
        self._ready.wait()
        while not self._closing:
            try:
                # Made before the first shot: importing Celery takes a second.
                sender = sender or self._make()
            except Exception as error:
                self._report(self._shots.get(), error)
                continue
            shot = self._shots.get()
            if shot is None:
                break
            try:
                sent = sender.fire(shot.seconds, shot.name, shot.count)
            except Exception as error:
                # A thread dies unseen: whatever went wrong is for the status line.
                self._report(shot, error)
            else:
                self._outcomes.append(Outcome(shot, tuple(each.id for each in sent)))
        if sender:
            sender.close()

    def _report(self, shot: Shot | None, error: Exception) -> None:
        if shot is not None:
            self._outcomes.append(Outcome(shot, error=" ".join(str(error).split()) or type(error).__name__))

"""What every source is: a daemon thread that turns a broker's answers into facts, and comes back."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import redis

from lab.watch.broker.cause import AWAY, CUT_OFF, trouble
from lab.watch.broker.connection import Address
from lab.watch.facts import AnyFact, Connected, Connecting, Disconnected, Gap

BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each next attempt to reach a broker that went away; the last one repeats."""

HEALTHY = 5.0
"""Seconds that a source must stand before its next fault is taken for a new one, and the pauses begin anew:
one that comes right after every connect must not be tried ten times a second."""


REFUSED = 30.0
"""Seconds before the next attempt where the server forbids it: each one is noted in its `ACL LOG`."""

RESTARTED = "the broker was restarted"
"""Why it was away, where another process answers now."""


class Source(ABC):
    """A thread that emits facts until it is stopped. A raw thread dies unseen: whatever goes wrong is
    reported as a fact, and the source starts again after a growing pause."""

    name: str

    def __init__(self, url: str | Address, emit: Callable[[AnyFact], None]) -> None:
        """Raises `AddressError` where the URL names no broker."""
        self.address = Address.from_url(url) if isinstance(url, str) else url
        self.emit = emit
        self.stopping = threading.Event()
        self.heard = 0.0
        """When the broker last said anything, Unix seconds: what came after it may have been missed."""
        self._deaf_since: float | None = None
        self._deaf_why = ""
        """Why it lost the broker, and why it does not find it again."""
        self._connected_at: float | None = None
        """On the monotonic clock; None while there is no connection."""
        self._thread = threading.Thread(target=self._run, name=f"unacked-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self.stopping.set()

    def join(self, timeout: float) -> None:
        """Wait for the end, at most `timeout` seconds: the thread is a daemon and may be left behind."""
        if self._thread.is_alive():
            self._thread.join(timeout)

    @abstractmethod
    def listen(self) -> None:
        """Connect, call `connected`, and emit facts until `stopping` is set or an error is raised; keep
        `heard` up to date."""

    def connected(self) -> None:
        """The broker answers: say so, and since when nothing was heard."""
        now = self.heard = time.time()
        self.emit(Connected(at=now, seen=now, source=self.name))
        if self._deaf_since is not None:
            away = self._deaf_why.startswith(AWAY)
            why = "the broker was away" if away else self._deaf_why
            self.emit(Gap(at=now, seen=now, source=self.name, since=self._deaf_since, why=why))
            self._deaf_since = None
        self._connected_at = time.monotonic()

    def silent(self, why: str) -> None:
        """The connection stands, and nothing comes: say so at once. It may still bring all that was said
        meanwhile, so that nothing is missed."""
        now = time.time()
        self.emit(Disconnected(at=now, seen=now, source=self.name, why=why))

    def heard_again(self) -> None:
        """What was silent has spoken."""
        now = self.heard = time.time()
        self.emit(Connected(at=now, seen=now, source=self.name))

    def _run(self) -> None:
        failures = 0
        now = time.time()
        self.emit(Connecting(at=now, seen=now, source=self.name))
        while not self.stopping.is_set():
            self._connected_at, forbidden = None, False
            try:
                self.listen()
            except (redis.RedisError, OSError) as error:
                why = trouble(error, self.address)
                forbidden = isinstance(error, redis.exceptions.NoPermissionError)
            except Exception as error:
                # A fault of ours: it must be seen, and must not end the watch.
                why = f"a fault in the {self.name} reader ({type(error).__name__}: {error})"
            else:
                continue
            now = time.time()
            if self._connected_at is None:
                # One that was cut off, and is not found again, is away: that says more.
                if self._deaf_why.startswith(CUT_OFF):
                    self._deaf_why = why
            else:
                self._deaf_since, self._deaf_why = self.heard, why
                if time.monotonic() - self._connected_at >= HEALTHY:
                    failures = 0
            self.emit(Disconnected(at=now, seen=now, source=self.name, why=why))
            self.stopping.wait(REFUSED if forbidden else BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

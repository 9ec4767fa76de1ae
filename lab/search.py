"""The search for a deployment on a broker where none was found yet: it goes on until a worker is heard."""

from __future__ import annotations

import threading

import redis

from lab.target import Target, meant
from lab.watch.sources.discovery.deployment import Found
from lab.watch.sources.discovery.discovery import discover

LISTEN = 5.0
"""Seconds that one listening takes at most; it ends as soon as a worker was heard."""

PAUSE = 2.0
"""Seconds until a broker that could not be asked is asked again."""


class Search:
    """A thread that listens to the heartbeats of every key prefix, which costs the broker next to nothing."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._found: Found | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="unacked-search", daemon=True)
        self._thread.start()

    @property
    def found(self) -> Found | None:
        """The deployment that was found, of those that may be meant the one with the most workers; None as
        long as there is none."""
        return self._found

    def stop(self) -> None:
        """End it. It is a daemon: what it waits for is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while self._found is None and not self._stopping.is_set():
            try:
                discovery = discover(self._target.address, LISTEN, scan=False)
            except (redis.RedisError, OSError):
                # The sources say that the broker is away, and why.
                self._stopping.wait(PAUSE)
                continue
            heard = [each for each in meant(self._target, discovery.found) if each.workers]
            self._found = heard[0] if heard else None

"""The workers' own settings, asked for by a thread, where that is permitted.

No kombu channel is opened for it: a kombu consumer that waits for replies sweeps, with a visibility timeout
of its own (`kombu.transport.redis:MultiChannelPoller.get`). Watching writes nothing, and a question does
(`lab.watch.sources.inspection.pidbox`): so this is a permission of its own, and off unless it was given.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import redis

from lab.watch import sweep_options
from lab.watch.bounds import absurd
from lab.watch.broker.connection import Address, connect, ping
from lab.watch.broker.layout import Layout
from lab.watch.facts import AnyFact, Configured, Connected, Unreadable
from lab.watch.sources.access import Access
from lab.watch.sources.inspection.pidbox import PATIENCE, BadReply, Pidbox
from lab.watch.sources.source import Source
from lab.watch.sweep_options import Version

EVERY = 60.0
"""Seconds between two questions: a worker may come back with other settings."""

AGAIN = 15.0
"""Seconds to the next question where a worker is new, or owes an answer."""

SETTLE = 2.0
"""Seconds from a worker's coming online until it hears requests: it asks its neighbours first, for one second
(`celery.worker.consumer.mingle`)."""

SPACING = 7.5
"""Seconds between two questions, at least: workers that come and go do not make them more frequent."""

SETTINGS = "the workers' settings"

MOST = 4_096
"""Worker processes whose version of kombu is remembered."""

PIDBOX = "celery.pidbox"
"""The fanout exchange on which workers hear requests (`celery.app.defaults`, `control_exchange`)."""


class Inspection(Source):
    """The asker thread over every worker that answers on one db, under one key prefix."""

    name = "inspection"

    def __init__(self, address: str | Address, layout: Layout | str, emit: Callable[[AnyFact], None]) -> None:
        super().__init__(address, emit)
        layout = Layout.under(layout)
        self.pidbox = Pidbox(layout.prefix, layout.channel(PIDBOX, self.address.db), self._unreadable)
        self.versions: dict[tuple[str, int], Version] = {}
        """Worker and pid to its kombu, of those whose settings depend on it."""
        self._requested = threading.Event()
        # A worker that is starting now was asked too early.
        self._requested.set()
        self._workers_heard = False
        self._access = Access(self.name, self.address, emit)

    def request(self) -> None:
        """A worker came online: ask soon. From any thread."""
        self._workers_heard = True
        self._requested.set()

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        super().stop()
        self._requested.set()

    def listen(self) -> None:
        client = connect(self.address)
        try:
            ping(client)
            now = time.time()
            self.emit(Connected(at=now, seen=now, source=self.name))
            while not self.stopping.is_set():
                begun = time.monotonic()
                new = self._requested.is_set()
                self._requested.clear()
                self._ask(client)
                if self._requested.wait(AGAIN if new or self.pidbox.owed else EVERY):
                    self.stopping.wait(max(SETTLE, begun + SPACING - time.monotonic()))
        finally:
            # An answer that is owed must find the list, which then expires.
            with contextlib.suppress(redis.RedisError, OSError):
                if not self.pidbox.owed:
                    self.pidbox.leave(client)
            client.close()

    def _ask(self, client: redis.Redis) -> None:
        box = self.pidbox
        try:
            told = box.ask(client, "stats", self.stopping)
            answers = {**box.late, **told}
            self._say(self._silence() if not box.read and not self.stopping.is_set() else "")
            unversioned = [worker for worker, stats in answers.items() if self._unversioned(worker, stats)]
            reports = box.ask(client, "report", self.stopping, unversioned) if unversioned else {}
        except redis.ResponseError as error:
            # Not permitted, or a server that takes no writes: a replica, or one whose memory is full.
            self._access.granted(SETTINGS, time.time(), error)
            return
        for worker, stats in answers.items():
            # One that was owed says what held when it was asked for; its worker may be another by now.
            at = box.asked_at if worker in told else box.late_at
            if (fact := configured(worker, stats, at)) is None:
                continue
            version = self.versions.get((worker, fact.pid)) or kombu_version(reports.get(worker))
            if worker in reports and version and len(self.versions) < MOST:
                self.versions[worker, fact.pid] = version
            self.emit(configured(worker, stats, at, version) or fact)

    def _unversioned(self, worker: str, stats: Any) -> bool:
        """Whether what this worker says can only be understood with its version of kombu, not known yet."""
        fact = configured(worker, stats, 0.0)
        said = fact is None or None not in (fact.interval, fact.throttle)
        return not said and fact is not None and (worker, fact.pid) not in self.versions

    def _silence(self) -> str:
        """Why nobody answers."""
        if self.pidbox.heard_by:
            return f"no worker answers within {PATIENCE:g} s"
        if self._workers_heard:
            return "no worker listens: worker_enable_remote_control is off, or its channel has another name"
        return ""

    def _say(self, why: str) -> None:
        """The settings are unknown, and why; or known, where there is no reason."""
        self._access.say(SETTINGS, why, time.time())

    def _unreadable(self, bad: BadReply) -> None:
        now = time.time()
        self.emit(Unreadable(at=now, seen=now, source=self.name, why=str(bad)))


def configured(worker: str, stats: Any, now: float, kombu: Version | None = None) -> Configured | None:
    """What one worker's answer says of its transport options; None where it does not fit.

    Interval and throttle that are set count from kombu 5.7 on; while the version is not known they are None.
    """
    try:
        options: Mapping[str, Any] = stats["broker"].get("transport_options") or {}
        fact = Configured(
            at=now,
            seen=now,
            worker=worker,
            pid=int(stats.get("pid") or 0),
            visibility_timeout=sweep_options.timeout(options),
            interval=sweep_options.interval(options, kombu),
            throttle=sweep_options.throttle(options, kombu),
            pool=_pool(str(stats["pool"].get("implementation", ""))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None
    return None if absurd(fact) else fact


def kombu_version(report: Any) -> Version | None:
    """The version that a worker's `report` names; None where it names none (`celery.app.utils:bugreport`)."""
    found = (
        re.search(r"kombu:(\d{1,4})\.(\d{1,4})", str(report.get("ok"))) if isinstance(report, dict) else None
    )
    return (int(found[1]), int(found[2])) if found else None


def _pool(implementation: str) -> str:
    """`prefork` from `celery.concurrency.prefork:TaskPool`; nothing where it was not said."""
    return implementation.partition(":")[0].rpartition(".")[2]

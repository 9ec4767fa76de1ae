"""The testbed: what a scenario's steps act on, and what its signs look at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from lab.experiments.setup import Setup
from lab.experiments.truth import TruthLog
from lab.rig import reports
from lab.rig.rig import Rig
from lab.session import News, Session
from lab.watch.broker.connection import connect
from lab.watch.model.accounts.account import Attempt
from lab.watch.model.model import Model


@dataclass(frozen=True, slots=True)
class SentTask:
    """One task that was sent. Times are Unix seconds."""

    id: str
    name: str
    sent: float
    due: float


@dataclass(frozen=True, slots=True)
class Terminated:
    """A worker that was ended with SIGTERM, and when, in Unix seconds."""

    worker: str
    at: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """Sweeps of a probe over one of its connections."""

    connection: str
    restored: int
    """Messages that it put back."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe was answered, in words, and its sweeps."""

    answer: str
    sweeps: tuple[Sweep, ...]


class Testbed:
    """One rig with its observation, and what was noted while the steps were done. One thread uses it."""

    def __init__(self, setup: Setup, rig: Rig, session: Session, tell: Callable[[str, str], None]) -> None:
        self.setup, self.rig, self.session = setup, rig, session
        self.tell = tell
        """Add a line to the run's log: its kind, and its text."""
        self.sent: list[SentTask] = []
        self.truth = TruthLog()
        self.exits: list[reports.WorkerExited] = []
        self.frozen: str | None = None
        """The worker that a step froze last."""
        self.terminated: Terminated | None = None
        """The worker that a step ended last with SIGTERM."""
        self.probed: Probed | None = None
        """What the last probe brought."""
        self.silent_since: float | None = None
        """Since when, in Unix seconds, nothing stirred each time that was asked; None if something did."""
        self.most_unacked = 0
        self.most_orphans = 0
        """Entries in `unacked` that the index did not have, at the worst of two looks in a row."""
        self.on_broker: set[str] = set()
        """Ids of messages that are still somewhere on the broker, once that was read at the end."""
        self._orphans = 0

    @property
    def model(self) -> Model:
        return self.session.model

    @property
    def now(self) -> float:
        return time.time()

    @property
    def url(self) -> str:
        assert self.session.url is not None
        return self.session.url

    @property
    def folder(self) -> Path:
        """The rig's own folder, which goes with it; workers run in it."""
        assert self.rig.state.folder is not None
        return Path(self.rig.state.folder)

    def take(self, news: News) -> None:
        """Note what a look at the session brought."""
        for report in news.reports:
            if isinstance(report, reports.WorkerExited):
                self.exits.append(report)
                if report.why == "crashed" and not self.setup.supervised:
                    self.rig.retire_worker(report.name)
        self.truth.hear(news.reports)
        totals = self.model.ledger.totals
        orphans = totals.unacked - totals.index
        self.most_unacked = max(self.most_unacked, totals.unacked)
        self.most_orphans = max(self.most_orphans, min(orphans, self._orphans))
        self._orphans = orphans
        if self.rig.state.truth_log:
            self.truth.read(Path(self.rig.state.truth_log))

    def client(self) -> redis.Redis:
        """A connection of its own to the broker: for work in the background, as it blocks."""
        return connect(self.url)

    def attempt(self, n: int = 0) -> Attempt | None:
        """What the ledger knows of the last attempt of the `n`-th task that was sent."""
        if n >= len(self.sent):
            return None
        account = self.model.ledger.accounts.get(self.sent[n].id)
        return account.attempts[-1] if account and account.attempts else None

    def holder(self, n: int = 0) -> str | None:
        """The worker that took the `n`-th task last."""
        attempt = self.attempt(n)
        return next((d.worker for d in reversed(attempt.deliveries) if d.worker), None) if attempt else None

    def ready(self, name: str) -> int:
        """How many processes of this worker have come up so far, by its log."""
        worker = self.rig.state.worker(name)
        if worker is None or worker.log is None:
            return 0
        try:
            return Path(worker.log).read_text(errors="replace").count(f"{name} ready.")
        except OSError:
            return 0

    def last_words(self, name: str) -> str:
        """The last line of a worker's log."""
        worker = self.rig.state.worker(name)
        if worker is None or worker.log is None:
            return "there is none"
        try:
            lines = Path(worker.log).read_text(errors="replace").strip().splitlines()
        except OSError as error:
            return str(error.strerror)
        return lines[-1] if lines else "it says nothing"

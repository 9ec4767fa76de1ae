"""The session of a lab: of one's own rig, or of a lab that another program keeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from lab.rig import registry, reports
from lab.rig.record import RegistryError, RigRecord
from lab.rig.reports import Report
from lab.rig.rig import Rig
from lab.rig.state import RigState
from lab.session import News, NoProducerError, Observation, Way
from lab.settings import Settings
from lab.watch.facts import Configured, Gone

if TYPE_CHECKING:
    from lab.app.producer import Producer

RECORD_EVERY = 1.0
"""Seconds between two looks at the record of a joined lab: whether it still runs, and with which settings."""

ENDINGS: dict[reports.Why, str] = {
    "killed": "it was killed",
    "retired": "it was retired",
    "restarting": "it was restarted",
    "crashed": "it crashed",
}
"""Why a worker ended, as a clause of its own."""


class LabSession(Observation):
    """A rig of one's own, watched as soon as its broker answers. Closing the session ends the rig."""

    way: Way = "lab"
    live = True
    ended = False

    def __init__(self, rig: Rig, *, ask: bool = False) -> None:
        super().__init__(prefix=rig.state.prefix)
        self.rig = rig
        self._ask = ask
        self._tell_settings()

    @classmethod
    def start(cls, settings: Settings, *, terminal: int | None = None, ask: bool = False) -> Self:
        """Start a rig, and its session. Raises `RigError`."""
        return cls(Rig.start(settings, terminal=terminal), ask=ask)

    @property
    def embedded(self) -> bool:
        """Whether the broker is the rig's own server."""
        return self.rig.state.embedded

    @property
    def lost(self) -> str | None:
        """Why there is no rig any longer, or none to come, in one line."""
        return self.rig.state.lost or self.rig.state.failed

    def look(self) -> News:
        """Take in what the keeper and the broker had to say since the last look. Never blocks."""
        told = self.rig.poll()
        for report in told:
            self._take(report)
        return News(self.observer.drain(), told)

    def producer(self) -> Producer:
        """A producer for the rig's broker. Raises `NoProducerError` before there is one."""
        if self.url is None:
            raise NoProducerError("The lab's broker is not there yet")
        return _producer(self.url, self.prefix)

    def close(self) -> None:
        """Stop watching, and end the rig."""
        super().close()
        self.rig.close()

    def _take(self, report: Report) -> None:
        match report:
            case reports.BrokerReady() if self.url is None:
                self.url = report.url
                self.observer.watch(report.url, report.prefix, ask=self._ask)
            case reports.WorkerStarted():
                self.observer.put(_configured(report, report.name, report.pool))
                self._tell_settings()
            case reports.WorkerExited(pid=int(pid)):
                why = ENDINGS[report.why]
                gone = Gone(at=report.at, seen=time.time(), worker=report.name, pid=pid, why=why)
                self.observer.put(gone)

    def _tell_settings(self) -> None:
        self.observer.put(_configured(self.rig.state))


class JoinedLab(Observation):
    """A lab that another program keeps, watched from now on: messages may be sent, its rig is not ours."""

    way: Way = "lab"
    rig: None = None
    live = True
    ended = False

    def __init__(self, record: RigRecord, *, ask: bool = False) -> None:
        super().__init__(record.url, record.prefix)
        self.embedded = record.server_pid is not None
        self.lost: str | None = None
        self._record = record
        self._record_due = time.monotonic() + RECORD_EVERY
        self._tell_settings()
        self.observer.watch(record.url, record.prefix, ask=ask)

    def look(self) -> News:
        """Take in what the broker had to say since the last look, and look after the lab. Never blocks."""
        if time.monotonic() >= self._record_due:
            self._record_due = time.monotonic() + RECORD_EVERY
            self._look_up()
        return News(self.observer.drain())

    def producer(self) -> Producer:
        """A producer for the lab's broker."""
        return _producer(self._record.url, self.prefix)

    def _look_up(self) -> None:
        """Follow the record, which the lab's keeper keeps up to date."""
        known = self._record
        try:
            running = {record.id: record for record in registry.alive()}
        except RegistryError as error:
            self.lost = f"The lab {known.id} cannot be found any longer: {error}"
            return
        record = running.get(known.id)
        if record is None:
            self.lost = f"The lab {known.id} ended"
            return
        self.lost, self._record = None, record
        if record.visibility_timeout != known.visibility_timeout:
            self._tell_settings()

    def _tell_settings(self) -> None:
        self.observer.put(_configured(self._record))


def _producer(url: str, prefix: str) -> Producer:
    # Importing Celery takes a second, which the first frame must not wait for.
    from lab.app.producer import Producer

    return Producer(url, prefix)


def _configured(
    settings: RigState | RigRecord | reports.WorkerStarted, worker: str = "", pool: str = "prefork"
) -> Configured:
    """What the lab says that a worker runs with; without a name, all of which nothing else is known."""
    now = time.time()
    return Configured(
        at=now,
        seen=now,
        worker=worker,
        visibility_timeout=settings.visibility_timeout,
        interval=settings.restore_interval,
        throttle=settings.restore_throttle,
        pool=pool,
        by="lab",
    )

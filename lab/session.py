"""A session: one rig, started or joined, and the model of what is seen of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lab.rig import registry, reports
from lab.rig.registry import RigRecord
from lab.rig.reports import Report
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.facts import Configured, Gone
from lab.watch.model.accounts.account import Account
from lab.watch.model.model import Model
from lab.watch.observer import Observer, settle_collector
from lab.watch.recording import Recorder, Replay

if TYPE_CHECKING:
    from lab.app.producer import Producer

RECORD_EVERY = 1.0
"""Seconds between two looks at the record of a joined rig: whether it still runs, and with which settings."""


@dataclass(frozen=True, slots=True)
class News:
    """What one look brought: accounts that changed, and what the keeper reported."""

    accounts: Sequence[Account] = ()
    reports: Sequence[Report] = field(default=())


class Session:
    """A rig under observation. `look` is called often, always by the thread that reads the model."""

    def __init__(self, rig: Rig | None, record: RigRecord | None, *, ask: bool = False) -> None:
        settle_collector()
        self.rig = rig
        """The rig that this session started; None where it joined somebody else's."""
        self.ask = ask
        """Whether the workers may be asked for their settings, which writes reply keys to the broker."""
        self.observer = Observer()
        self.recording: Replay | None = None
        self.recorder: Recorder | None = None
        self.url: str | None = None
        self.prefix = ""
        self.embedded = False
        self._record = record
        self._record_due = time.monotonic() + RECORD_EVERY
        self._ended: str | None = None
        if record:
            self._joined(record)
            self._watch(record.url, record.prefix)
        elif rig:
            state = rig.state
            self._configured("", state.visibility_timeout, state.restore_interval, state.restore_throttle)

    @classmethod
    def start(cls, settings: Settings, *, terminal: int | None = None, ask: bool = False) -> Self:
        """Start a rig of one's own, and watch it as soon as its broker answers. Raises `RigError`."""
        return cls(Rig.start(settings, terminal=terminal), None, ask=ask)

    @classmethod
    def join(cls, record: RigRecord, *, ask: bool = False) -> Self:
        """Watch a rig that another program keeps."""
        return cls(None, record, ask=ask)

    @classmethod
    def replay(cls, path: Path, speed: float = 1.0) -> Self:
        """Watch a recording, `speed` times as fast as it was made. Raises `RecordingError`."""
        session = cls(None, None)
        session.recording = Replay(path, session.observer.put, speed, lambda: session.observer.full)
        session.url = session.recording.header.broker or f"recording:{path.name}"
        session.recording.start()
        return session

    @property
    def model(self) -> Model:
        return self.observer.model

    @property
    def live(self) -> bool:
        """Whether there is, or will be, a broker to send to: not in a recording."""
        return self.recording is None

    def clock(self) -> float:
        """The time that is watched, Unix seconds: now, or the time in a recording."""
        return self.recording.clock() if self.recording else time.time()

    def record(self, path: Path) -> None:
        """Write every fact from now on to a new file. Raises `RecordingError`."""
        self.recorder = Recorder(path, self.url or "")
        self.observer.listeners.append(self.recorder.take)

    @property
    def lost(self) -> str | None:
        """Why there is nothing left to watch, in one line; None as long as there is."""
        if self.recording:
            return self.recording.fault
        if self._ended:
            return self._ended
        return (self.rig.state.lost or self.rig.state.failed) if self.rig else None

    def look(self) -> News:
        """Take in what the keeper and the broker had to say since the last look. Never blocks."""
        told = self.rig.poll() if self.rig else []
        for report in told:
            self._told(report)
        if self._record and time.monotonic() >= self._record_due:
            self._record_due = time.monotonic() + RECORD_EVERY
            self._look_up(self._record)
        return News(self.observer.drain(), told)

    def producer(self) -> Producer:
        """A producer for the rig's broker, which must be there (`url`)."""
        # Importing Celery takes a second, which the first frame must not wait for.
        from lab.app.producer import Producer

        assert self.url is not None
        return Producer(self.url, self.prefix)

    def close(self) -> None:
        """Stop watching, and end the rig if it is this session's own."""
        if self.recording:
            self.recording.stop()
        self.observer.stop()
        if self.recorder:
            self.recorder.close()
        if self.rig:
            self.rig.close()

    def _look_up(self, known: RigRecord) -> None:
        """Follow the record of a joined rig, whose keeper alone says what becomes of it."""
        try:
            record = next((one for one in registry.alive() if one.id == known.id), None)
        except registry.RegistryError as error:
            record, self._ended = None, f"The lab {known.id} cannot be found any longer: {error}"
        else:
            self._ended = None if record else f"The lab {known.id} ended"
        if record and _transport(record) != _transport(known):
            self._joined(record)
        self._record = record

    def _joined(self, record: RigRecord) -> None:
        self._configured("", *_transport(record))

    def _told(self, report: Report) -> None:
        match report:
            case reports.BrokerReady() if self.url is None:
                self.embedded = report.embedded
                self._watch(report.url, report.prefix)
            case reports.WorkerStarted():
                assert self.rig is not None
                state = self.rig.state
                timeout = report.visibility_timeout
                self._configured(report.name, timeout, state.restore_interval, state.restore_throttle)
                self._configured("", state.visibility_timeout, state.restore_interval, state.restore_throttle)
            case reports.WorkerExited(pid=int(pid)):
                why = {
                    "killed": "it was killed",
                    "retired": "it was retired",
                    "restarting": "it was restarted",
                    "crashed": "it crashed",
                }[report.why]
                gone = Gone(at=report.at, seen=time.time(), worker=report.name, pid=pid, why=why)
                self.observer.put(gone)

    def _watch(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix
        self.observer.watch(url, prefix, ask=self.ask)

    def _configured(self, worker: str, timeout: float, interval: float, throttle: int) -> None:
        now = time.time()
        self.observer.put(
            Configured(
                at=now,
                seen=now,
                worker=worker,
                visibility_timeout=timeout,
                interval=interval,
                throttle=throttle,
            )
        )


def _transport(record: RigRecord) -> tuple[int, int, int]:
    """The transport options of a rig, as `Configured` takes them."""
    return record.visibility_timeout, record.restore_interval, record.restore_throttle

"""The session: one deployment under observation, as the screen and the command line know it.

There are three ways in, never mixed, and a class for each: a lab (`lab.lab_session`), somebody else's broker
(`lab.attachment`) and a recording (`lab.replay`). Which one it is is chosen once, at the start.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from lab.rig.reports import Report
from lab.rig.rig import Rig
from lab.watch.model.accounts.account import Account
from lab.watch.model.model import Model
from lab.watch.observer import Observer, settle_collector
from lab.watch.recording.parts import Rotation
from lab.watch.recording.recorder import Recorder

if TYPE_CHECKING:
    from lab.app.producer import Producer

Way = Literal["lab", "attached", "replay"]
"""The way in. In a lab messages may be sent; an attached broker is never written to; a recording has none."""


@dataclass(frozen=True, slots=True)
class News:
    """What one look brought: accounts that changed, and what the keeper reported."""

    accounts: Sequence[Account] = ()
    reports: Sequence[Report] = ()


class NoProducerError(RuntimeError):
    """Nothing can be sent through this session; the text is one line for the user."""


class Session(Protocol):
    """A deployment under observation. `look` is called often, always by the thread that reads the model."""

    observer: Observer
    recorder: Recorder | None

    @property
    def way(self) -> Way:
        """Which of the three ways in."""

    @property
    def rig(self) -> Rig | None:
        """The rig, where this program started it."""

    @property
    def url(self) -> str | None:
        """The broker's, not masked; None until there is one."""

    @property
    def prefix(self) -> str:
        """The key prefix on that broker."""

    @property
    def embedded(self) -> bool:
        """Whether the broker is the lab's own server."""

    @property
    def model(self) -> Model:
        """What the facts add up to."""

    @property
    def live(self) -> bool:
        """Whether there is, or will be, a broker: not in a recording."""

    @property
    def lost(self) -> str | None:
        """Why there is nothing left to watch, in one line; None as long as there is."""

    @property
    def ended(self) -> bool:
        """Whether all there was to watch has come: a recording was played to its last fact."""

    def clock(self) -> float:
        """The time that is watched, Unix seconds: now, or the time in a recording."""

    def look(self) -> News:
        """Take in what the keeper and the broker had to say since the last look. Blocks for a second at most,
        where an attachment finds its deployment only then."""

    def producer(self) -> Producer:
        """A producer for the broker. Raises `NoProducerError` where there is nothing to send to."""

    def record(self, path: Path, rotation: Rotation | None = None) -> None:
        """Write every fact from now on to new files. Raises `RecordingError`."""

    def close(self) -> None:
        """Stop watching, and end the rig if this program started it."""


class Observation:
    """What every session is built on: the observer, and the recording of what it sees."""

    def __init__(self, url: str | None = None, prefix: str = "") -> None:
        settle_collector()
        self.observer = Observer()
        self.recorder: Recorder | None = None
        self.url, self.prefix = url, prefix

    @property
    def model(self) -> Model:
        """What the facts add up to."""
        return self.observer.model

    def clock(self) -> float:
        """The time that is watched, Unix seconds."""
        return time.time()

    def record(self, path: Path, rotation: Rotation | None = None) -> None:
        """Write every fact from now on to new files. Raises `RecordingError`."""
        self.recorder = Recorder(path, self.url or "", rotation)
        self.observer.listeners.append(self.recorder.take)
        self.observer.drained.append(self.recorder.flush)

    def close(self) -> None:
        """Stop watching, and put the recording on disk."""
        self.observer.stop()
        if self.recorder:
            self.recorder.close()

"""The replay: a recording in the place of a broker. Nothing can be sent, and the time is the recording's."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from lab.session import News, NoProducerError, Observation, Way
from lab.watch.recording.replay import Replay


class ReplaySession(Observation):
    """Watches a recording, `speed` times as fast as it was made. Raises `RecordingError`."""

    way: Way = "replay"
    rig: None = None
    embedded = False
    live = False
    lost: None = None
    """What is missing in a recording is a doubt: it never ends the replay."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        super().__init__()
        self._replay = Replay(path, self.observer.put, speed, lambda: self.observer.full)
        self.url = self._replay.header.broker or f"recording:{path.name}"
        self._replay.start()

    @property
    def ended(self) -> bool:
        """Whether its last fact has come."""
        return self._replay.ended

    def clock(self) -> float:
        """The time in the recording, Unix seconds."""
        return self._replay.clock()

    def look(self) -> News:
        """Take in what the recording had to say since the last look. Never blocks."""
        return News(self.observer.drain())

    def producer(self) -> NoReturn:
        """There is none: raises `NoProducerError`."""
        raise NoProducerError("This is a recording: there is no broker to send to")

    def close(self) -> None:
        """End it, wherever it is."""
        self._replay.stop()
        super().close()

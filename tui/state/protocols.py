"""What is watched: all that the screen asks of a session, or of a scenario's run in its place."""

from __future__ import annotations

from typing import Protocol

from lab.rig.rig import Rig
from lab.session import News, Way
from lab.watch.model.model import Model
from lab.watch.recording.recorder import Recorder


class Watched(Protocol):
    """What a deployment is taken from (`lab.session.Session`, `lab.experiments.runs.run.ScenarioRun`)."""

    @property
    def rig(self) -> Rig | None: ...

    @property
    def url(self) -> str | None: ...

    @property
    def prefix(self) -> str: ...

    @property
    def embedded(self) -> bool: ...

    @property
    def model(self) -> Model: ...

    @property
    def lost(self) -> str | None: ...

    def look(self) -> News: ...


class Live(Watched, Protocol):
    """What the screen needs of a session, which may be a recording."""

    @property
    def live(self) -> bool: ...

    @property
    def way(self) -> Way: ...

    @property
    def recorder(self) -> Recorder | None: ...

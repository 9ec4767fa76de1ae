"""The truth: the runs that the tasks themselves noted, apart from Celery's events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAME_MOMENT = 0.5
"""Seconds by which a death may come to light after a run that it made way for."""


@dataclass(slots=True)
class TrueRun:
    """One run of a task's code. Times are Unix seconds on the clock of its machine."""

    id: str
    retries: int
    worker: str
    pid: int
    """Of the pool child."""
    started: float
    ended: float | None = None
    """None while it runs, and for ever if it was killed or raised an exception."""


@dataclass(frozen=True, slots=True)
class Death:
    """A worker, or one pool child by its pid, is known to have ended."""

    at: float
    worker: str = ""
    pid: int = 0

    def took(self, run: TrueRun) -> bool:
        """Whether a run that did not end was in what died."""
        mine = self.pid == run.pid or (bool(self.worker) and self.worker == run.worker)
        return mine and run.ended is None and self.at >= run.started


class Truth:
    """The truth log, read as it grows."""

    def __init__(self) -> None:
        self.runs: list[TrueRun] = []
        self._read = 0
        self._open: dict[tuple[str, int, int], TrueRun] = {}

    def read(self, path: Path) -> None:
        """Take in the lines that were added since; a line that is not finished yet waits."""
        try:
            with path.open("rb") as log:
                log.seek(self._read)
                whole, newline, _ = log.read().rpartition(b"\n")
        except OSError:
            return
        self._read += len(whole) + len(newline)
        for line in whole.splitlines():
            self._note(json.loads(line))

    def of(self, task_id: str) -> list[TrueRun]:
        """The runs of one message, in the order they began."""
        return sorted((run for run in self.runs if run.id == task_id), key=lambda run: run.started)

    def duplicates(self, deaths: Iterable[Death]) -> list[TrueRun]:
        """The executions of an attempt after its first, while nothing says that the first died."""
        deaths = list(deaths)
        found: list[TrueRun] = []
        first: dict[tuple[str, int], list[TrueRun]] = {}
        for run in sorted(self.runs, key=lambda run: run.started):
            earlier = first.setdefault((run.id, run.retries), [])
            if any(not _died_before(other, run, deaths) for other in earlier):
                found.append(run)
            earlier.append(run)
        return found

    def _note(self, line: dict[str, object]) -> None:
        key = str(line["id"]), int(str(line["retries"])), int(str(line["pid"]))
        at = float(str(line["at"]))
        if line["what"] == "start":
            run = self._open[key] = TrueRun(*key[:2], str(line["worker"]), key[2], at)
            self.runs.append(run)
        elif key in self._open:
            self._open.pop(key).ended = at


def _died_before(run: TrueRun, later: TrueRun, deaths: list[Death]) -> bool:
    return any(death.took(run) and death.at <= later.started + SAME_MOMENT for death in deaths)

"""The truth log: the runs that the tasks themselves noted, apart from Celery's events, and what each was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lab.rig.reports import Report, WorkerExited

SAME_MOMENT = 0.5
"""Seconds by which a death may come to light after a run that it made way for."""


class Note(msgspec.Struct, frozen=True):
    """One line of the truth log; `what` is start, end, raised or handed back (`lab.app.tasks`)."""

    what: str
    at: float
    id: str
    retries: int
    worker: str = ""
    pid: int = 0


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
    """When it ended, by an exception too; None while it runs, and for ever if it was killed."""
    handed_back: bool = False
    """Whether it ended by asking for its message to be put back (`Reject(requeue=True)`)."""

    @property
    def finished(self) -> bool:
        """Whether it ran to its end, well or with an exception: Celery is then done with its message."""
        return self.ended is not None and not self.handed_back


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


@dataclass(frozen=True, slots=True)
class Repeats:
    """The executions of an attempt after its first. One after a run that was handed back is in neither."""

    duplicates: Sequence[TrueRun]
    """Those before which another one had ended, or still ran: nothing says that it died."""
    recoveries: Sequence[TrueRun]
    """Those before which a crash had taken another one."""


class TruthLog:
    """The truth log of one rig, read as it grows, and the deaths that are known. Nothing here is an event."""

    def __init__(self) -> None:
        self.runs: list[TrueRun] = []
        self.deaths: list[Death] = []
        self._read = 0
        self._open: dict[tuple[str, int, int], list[TrueRun]] = defaultdict(list)

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
            self._take(msgspec.json.decode(line, type=Note))

    def hear(self, reports: Iterable[Report]) -> None:
        """Take in which workers ended, as their rig says."""
        for report in reports:
            if isinstance(report, WorkerExited) and report.pid is not None:
                self.deaths.append(Death(report.at, report.name))

    def of(self, task_id: str) -> list[TrueRun]:
        """The runs of one message, in the order they began."""
        return sorted((run for run in self.runs if run.id == task_id), key=lambda run: run.started)

    def running(self) -> list[TrueRun]:
        """The runs that have begun, have not ended, and were not killed."""
        return [run for run in self.runs if run.ended is None and not self._killed(run)]

    def repeats(self) -> Repeats:
        """The duplicates and the recoveries. Quadratic in the runs of one attempt, linear in attempts."""
        duplicates: list[TrueRun] = []
        recoveries: list[TrueRun] = []
        attempts: dict[tuple[str, int], list[TrueRun]] = defaultdict(list)
        for run in sorted(self.runs, key=lambda run: run.started):
            earlier = attempts[run.id, run.retries]
            if not all(self._made_way(other, run) for other in earlier):
                duplicates.append(run)
            elif any(other.ended is None for other in earlier):
                recoveries.append(run)
            earlier.append(run)
        return Repeats(duplicates, recoveries)

    def _take(self, note: Note) -> None:
        # A pool child runs one copy of an attempt at a time; a green or threaded pool has one pid for all of
        # its runs, of which the first to begin is taken for the first to end.
        running = self._open[note.id, note.retries, note.pid]
        if note.what == "start":
            run = TrueRun(note.id, note.retries, note.worker, note.pid, note.at)
            self.runs.append(run)
            running.append(run)
        elif running:
            run = running.pop(0)
            run.ended, run.handed_back = note.at, note.what == "handed back"

    def _made_way(self, run: TrueRun, later: TrueRun) -> bool:
        """Whether a run was over before a later one, and left it to: by its death, or by handing back."""
        if run.handed_back:
            return run.ended is not None and run.ended <= later.started
        return self._killed(run, later.started + SAME_MOMENT)

    def _killed(self, run: TrueRun, before: float = float("inf")) -> bool:
        return any(death.took(run) and death.at <= before for death in self.deaths)

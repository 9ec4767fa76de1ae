"""The truth log: the runs that the tasks themselves noted, apart from Celery's events, and what each was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import msgspec

from lab.rig.reports import Report, WorkerExited

SAME_MOMENT = 0.5
"""Seconds by which a death may come to light after a run that it made way for."""


class Note(msgspec.Struct, frozen=True):
    """One line of the truth log; `what` is start, end, raised, handed back or dies (`lab.app.tasks`)."""

    what: str
    at: float
    id: str
    retries: int
    worker: str = ""
    pid: int = 0
    task: str = ""
    limit: float | None = None
    """Seconds after which its worker kills the run that starts (`time_limit`)."""
    returned: bool = False
    """Whether its worker hands the message back when the run dies (`reject_on_worker_lost`)."""


@dataclass(slots=True)
class TrueRun:
    """One run of a task's code. Times are Unix seconds on the clock of its machine."""

    id: str
    retries: int
    worker: str
    pid: int
    """Of the pool child."""
    started: float
    task: str = ""
    deadline: float = inf
    """When its worker kills it if it has not ended, by its hard time limit."""
    ended: float | None = None
    """When it ended, by an exception too; None while it runs, and for ever if it was killed and its message
    was not put back."""
    handed_back: bool = False
    """Whether its message was put back with its end: it asked for that (`Reject(requeue=True)`), or its
    worker did so when it died (`reject_on_worker_lost`)."""

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

    def running(self, now: float) -> list[TrueRun]:
        """The runs that have begun, have not ended, and were not killed by `now`."""
        return [run for run in self.runs if run.ended is None and not self._killed(run, now)]

    def repeats(self) -> Repeats:
        """The duplicates and the recoveries. Quadratic in the runs of one attempt, linear in attempts."""
        duplicates: list[TrueRun] = []
        recoveries: list[TrueRun] = []
        # A task that replaces itself does so under its own id, by another task.
        attempts: dict[tuple[str, int, str], list[TrueRun]] = defaultdict(list)
        for run in sorted(self.runs, key=lambda run: run.started):
            earlier = attempts[run.id, run.retries, run.task]
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
            deadline = inf if note.limit is None else note.at + note.limit
            run = TrueRun(note.id, note.retries, note.worker, note.pid, note.at, note.task, deadline)
            self.runs.append(run)
            running.append(run)
        elif note.what == "dies" and not note.returned:
            self.deaths.append(Death(note.at, pid=note.pid))
        elif running:
            run = running.pop(0)
            run.ended, run.handed_back = note.at, note.what in ("handed back", "dies")

    def _made_way(self, run: TrueRun, later: TrueRun) -> bool:
        """Whether a run was over before a later one, and left it to: by its death, or by handing back."""
        if run.handed_back:
            return run.ended is not None and run.ended <= later.started
        return self._killed(run, later.started + SAME_MOMENT)

    def _killed(self, run: TrueRun, before: float) -> bool:
        if run.ended is None and run.deadline <= before:
            return True
        return any(death.took(run) and death.at <= before for death in self.deaths)

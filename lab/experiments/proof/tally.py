"""The truth: what the tasks and the workers themselves wrote down, apart from events and keys."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

RECEIVED = re.compile(r"Task \S+\[([0-9a-f-]{36})\] received")
"""What a worker logs of every delivery (`celery.worker.strategy`)."""


class Noted(msgspec.Struct, frozen=True):
    """One line of the truth log (`lab.app.tasks`)."""

    what: str
    at: float
    id: str
    retries: int
    worker: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened to some messages, counted."""

    deliveries: int = 0
    executions: int = 0
    duplicates: int = 0
    recoveries: int = 0


class Truth:
    """The truth log and the workers' logs of one rig."""

    def __init__(self, log: Path, worker_logs: Iterable[Path]) -> None:
        lines = log.read_bytes().splitlines() if log.exists() else []
        self.notes = [msgspec.json.decode(line, type=Noted) for line in lines]
        self._received = Counter(
            match[1] for path in worker_logs for match in RECEIVED.finditer(path.read_text(errors="replace"))
        )

    @property
    def running(self) -> bool:
        """Whether a run was begun and neither ended nor handed its message back."""
        begun = Counter(note.what for note in self.notes)
        return begun["start"] > begun["end"] + begun["handed back"]

    def tally(self, ids: Iterable[str]) -> Tally:
        """The counts of these messages: a run is a duplicate of an earlier one of its attempt, unless every
        earlier one was killed, which makes it a recovery, or had handed its message back."""
        wanted = set(ids)
        attempts: dict[tuple[str, int], list[list[Noted]]] = defaultdict(list)
        for note in sorted(self.notes, key=lambda note: note.at):
            if note.id not in wanted:
                continue
            runs = attempts[note.id, note.retries]
            if note.what == "start":
                runs.append([note])
            else:
                # A child runs one task at a time: its pid tells whose end this is.
                next(run for run in runs if run[0].pid == note.pid and len(run) == 1).append(note)
        duplicates = recoveries = executions = 0
        for runs in attempts.values():
            executions += len(runs)
            for n, _ in enumerate(runs[1:], 1):
                fates = {run[1].what if len(run) > 1 else "killed" for run in runs[:n]}
                duplicates += "end" in fates
                recoveries += "end" not in fates and "killed" in fates
        return Tally(sum(self._received[one] for one in wanted), executions, duplicates, recoveries)

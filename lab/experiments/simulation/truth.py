"""The truth of a history: what really happened to each message, apart from what was told of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["waiting", "held", "running", "done", "lost"]


@dataclass(slots=True)
class TrueRun:
    """One run of a task's code. Times are true seconds, whatever the worker's clock shows."""

    worker: str
    started: float
    ended: float | None = None
    how: str = "running"
    """An outcome, in the words of `lab.watch.model.accounts.account`."""
    gone: bool = False
    """Whether somebody took it away, or it handed its message back."""


@dataclass(slots=True)
class TruePublication:
    """One sending of a message: its tag, deliveries and runs."""

    id: str
    retries: int
    tag: str
    sent: float
    deliveries: int = 0
    runs: list[TrueRun] = field(default_factory=list)
    acknowledged: bool = False
    end: str = ""
    """What became of it without a run: revoked, discarded."""
    restored: list[float] = field(default_factory=list)
    """When a sweep put it back."""


@dataclass(slots=True)
class Truth:
    """Everything that happened."""

    publications: dict[str, TruePublication] = field(default_factory=dict)
    """By delivery tag."""
    index: dict[str, float] = field(default_factory=dict)
    """The index at the end: delivery tag to score."""
    queued: set[str] = field(default_factory=set)
    """The tags that wait in the queue at the end."""
    held: set[str] = field(default_factory=set)
    """The tags of which a worker holds a copy at the end."""

    def fate(self, publication: TruePublication) -> Fate:
        """Where it is at the end."""
        tag = publication.tag
        if any(run.ended is None for run in publication.runs):
            return "running"
        if tag in self.queued:
            return "waiting"
        if tag in self.index or tag in self.held:
            return "held"
        finished = any(run.how not in ("lost", "cancelled") for run in publication.runs)
        return "done" if finished or publication.end else "lost"

    def by_message(self) -> dict[str, list[TruePublication]]:
        """The publications of each message, in the order in which they were sent."""
        found: defaultdict[str, list[TruePublication]] = defaultdict(list)
        for publication in self.publications.values():
            found[publication.id].append(publication)
        return found

    def duplicates(self, task_id: str) -> int:
        """Runs of a message before which another one of the same attempt had ended, or still ran, and had not
        been taken away. A retry that several runs published is one attempt."""
        count = 0
        publications = sorted(self.by_message().get(task_id, ()), key=lambda each: (each.retries, each.sent))
        groups: list[list[TruePublication]] = []
        for publication in publications:
            same = groups and groups[-1][0].retries == publication.retries
            before = [each for each in publications if each.retries == publication.retries - 1]
            if same and sum(len(each.runs) for each in before) > 1:
                groups[-1].append(publication)
            else:
                groups.append([publication])
        for group in groups:
            runs = sorted((run for each in group for run in each.runs), key=lambda run: run.started)
            for n, run in enumerate(runs):
                count += not all(_made_way(other, run) for other in runs[:n])
        return count


def _made_way(run: TrueRun, later: TrueRun) -> bool:
    return run.gone and run.ended is not None and run.ended <= later.started

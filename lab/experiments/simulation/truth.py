"""The truth of a simulated history: what really became of each message, written apart from any fact.

Times are true times, Unix seconds, whatever the workers' clocks show.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from lab.experiments.simulation.plan import End, PlannedMessage, PlannedWorker

Cause = Literal["first", "sweep", "handed back", "rolled back"]
CopyFate = Literal[
    "popped", "held", "ran", "dropped", "revoked", "expired", "discarded", "stopped", "unrecorded"
]
RunOutcome = Literal[
    "running",
    "succeeded",
    "failed",
    "timed out",
    "retried",
    "replaced",
    "rejected",
    "requeued",
    "ignored",
    "cancelled",
    "terminated",
    "lost",
]
Fate = Literal["waiting", "unacked", "under way", "ended", "lost"]

FINAL = frozenset({"succeeded", "failed", "timed out", "retried", "replaced", "rejected", "ignored"})
"""Ends with which Celery is done with a message."""
TAKEN_AWAY = frozenset({"lost", "cancelled", "terminated"})
"""Ends that came from outside the task."""
REFUSED = frozenset({"revoked", "expired", "discarded"})
"""What becomes of copies of which `task-received` may not have told."""


@dataclass(slots=True)
class ActualDelivery:
    """A worker popped it. `score` is what it wrote into the index, None if it never came to that."""

    at: float
    worker: str
    pid: int
    cause: Cause
    score: float | None = None
    state: CopyFate = "popped"


@dataclass(slots=True)
class ActualRun:
    """One run of the task's code."""

    id: str
    tag: str
    retries: int
    worker: str
    pid: int
    started: float
    ended: float | None = None
    outcome: RunOutcome = "running"
    told: float | None = None
    """When its worker came to know of its loss, where that was later."""

    def over_before(self, other: ActualRun, *, told: bool = False) -> bool:
        """Whether it had made way when another run began: it died, or was handed back. With `told`, whether
        its worker knew of that by then."""
        made_way = self.outcome in TAKEN_AWAY or self.outcome == "requeued"
        over = self.told if told and self.told is not None else self.ended
        return made_way and over is not None and over <= other.started


@dataclass(slots=True, eq=False)
class Publication:
    """One sending: the message itself, and all that became of it."""

    tag: str
    id: str
    task: str
    retries: int
    eta: float | None
    sent: float
    plan: PlannedMessage
    ends: tuple[End, ...]
    attempt: str
    """What it shares with others: a retry that several runs of one attempt published is one attempt."""
    family: str
    """The same, where also what several runs replaced themselves with counts as one."""
    redelivered: bool = False
    returned: Cause = "first"
    """How it came into its queue the last time."""
    restored_at: float = 0.0
    deliveries: list[ActualDelivery] = field(default_factory=list)
    runs: list[ActualRun] = field(default_factory=list)
    acked: bool = False


@dataclass(slots=True)
class TrueRedelivery:
    """An entry with this score was put back by a sweep at `restored` and popped at `popped`: never, while
    that is infinite."""

    tag: str
    score: float
    restored: float
    popped: float = inf


@dataclass(slots=True)
class Truth:
    """Everything that happened."""

    workers: tuple[PlannedWorker, ...] = ()
    publications: list[Publication] = field(default_factory=list)
    redeliveries: dict[tuple[str, float], TrueRedelivery] = field(default_factory=dict)
    """By tag and score."""
    left: dict[tuple[str, float], float] = field(default_factory=dict)
    """When an entry with this score left the index other than by a sweep."""
    disturbances: list[tuple[float, str]] = field(default_factory=list)
    """What nobody can foretell: a worker came or went, a stranger swept."""
    index: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    """The index as it stood at each reading in which it was another than before."""
    queued: frozenset[str] = frozenset()
    unacked: frozenset[str] = frozenset()
    """Tags in the queue, and in unacked, at the end."""
    doubtful: list[str] = field(default_factory=list)
    """What the observer lost without a trace, so that no one can expect it to be complete."""
    longest_period: float = 0.0
    """Seconds between two sweeps of the worker that sweeps least."""
    alive: bool = True
    """Whether a worker is left at the end."""
    sent_told: bool = True
    """Whether `task-sent` is told."""
    begun: float = 0.0
    ended: float = 0.0
    watched: float = 0.0
    """Since when somebody watches."""

    @property
    def runs(self) -> list[ActualRun]:
        return [run for publication in self.publications for run in publication.runs]

    def duplicates(self) -> dict[str, tuple[int, int]]:
        """By task id, how many runs of an attempt after its first there were since the watch began before
        which one had not made way; and how many before which one was not known to have made way, where
        families are attempts."""
        attempts: dict[str, list[ActualRun]] = defaultdict(list)
        families: dict[str, list[ActualRun]] = defaultdict(list)
        for publication in self.publications:
            attempts[publication.attempt] += publication.runs
            families[publication.family] += publication.runs
        least, most = self._repeated(attempts, told=False), self._repeated(families, told=True)
        return {id: (least[id], most[id]) for id in most}

    def _repeated(self, attempts: Mapping[str, list[ActualRun]], *, told: bool) -> Counter[str]:
        """By task id the runs before which one had not made way."""
        found: Counter[str] = Counter()
        for runs in attempts.values():
            runs.sort(key=lambda run: run.started)
            for n, run in enumerate(runs):
                if run.started >= self.watched:
                    found[run.id] += any(not each.over_before(run, told=told) for each in runs[:n])
        return found

    def heard(self, publication: Publication) -> bool:
        """Whether anything told of it that an observer could hear."""
        if self.sent_told and publication.sent >= self.watched:
            return True
        if any(each.family == publication.family and each is not publication for each in self.publications):
            # Several copies published it: without a word of that they look like one.
            return False
        return publication.tag in self.unacked or any(
            each.at >= self.watched and each.score is not None and each.state not in REFUSED
            for each in publication.deliveries
        )

    def fate(self, publication: Publication) -> Fate:
        """What a publication has come to at the end."""
        if publication.tag in self.unacked:
            return "unacked"
        if publication.tag in self.queued:
            return "waiting"
        if any(run.outcome in FINAL for run in publication.runs):
            return "ended"
        states = {each.state for each in publication.deliveries}
        if states & REFUSED or ("stopped" in states and not publication.runs):
            return "ended"
        if any(run.outcome == "terminated" for run in publication.runs):
            return "ended"
        under_way = any(run.outcome == "running" for run in publication.runs)
        if under_way or any(each.state in ("popped", "held") for each in publication.deliveries):
            return "under way"
        return "lost"

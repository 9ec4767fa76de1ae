"""The plan of one history: which workers, which messages, what goes wrong and when. It is data, so that a
shorter one can be made of it; times are seconds from the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.experiments.simulation.faults import Fault

End = Literal["succeed", "fail", "retry", "replace", "reject", "requeue", "ignore", "limit", "kill"]
"""How a run ends by itself; `limit` is a hard time limit, `kill` the loss of its pool child."""


Release = Literal["5.4", "5.6", "5.7"]
"""Of Celery, where releases differ in how a run ends; 5.4 stands for those before it as well."""


@dataclass(frozen=True, slots=True)
class PlannedWorker:
    """One worker, over all its processes."""

    name: str
    starts: float
    timeout: float
    interval: float
    throttle: int
    slots: int
    """Pool children."""
    prefetch: int
    """Messages that it takes beside those with an ETA."""
    skew: float = 0.0
    """Its clock less the true time, seconds."""
    cancels: bool = False
    """Whether it ends acks_late runs when it loses its connection."""
    cancel_told: bool = True
    """Whether it can still say so then: 5.7.0 did not where its BRPOP connection was killed."""
    release: Release = "5.7"
    exits_without_broker: bool = False
    """Whether it exits when the broker goes while it holds a message, as 5.7.0 does."""


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One sending by the producer."""

    id: str
    sent: float
    countdown: float | None
    lasts: float
    """Seconds that each run takes."""
    ends: tuple[End, ...] = ("succeed",)
    """How its runs end, one attempt after the other; the last one for all that follow."""
    acks_late: bool = False
    acks_on_failure: bool = True
    reject_on_lost: bool = False
    retry_countdown: float = 0.0
    expires: float | None = None
    """Seconds after it was sent."""
    locked: bool = False
    unknown: bool = False
    """Whether no worker knows the task."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """One thing that happens, to one worker, one message, or the broker."""

    fault: Fault
    at: float
    worker: str = ""
    message: str = ""
    lasts: float = 0.0
    """Seconds until it is over, or what ended is started anew; 0 is never."""
    how: str = ""


@dataclass(frozen=True, slots=True)
class PlannedWatch:
    """What the observer can see, and what becomes of what it hears."""

    starts: float = 0.0
    asks: bool = True
    """Whether the workers are asked for their settings."""
    clients: bool = True
    """Whether `CLIENT LIST` may be read."""
    sent_events: bool = True
    gone: bool = False
    """Whether somebody says when a process has ended."""
    vanishing: float = 0.0
    """The part of all events that is lost without a trace."""
    late: float = 0.0
    """Seconds by which an event comes late at most."""
    repeated: float = 0.0
    """The part of all events that comes twice."""
    shuffled: float = 0.0
    """Seconds by which events are applied out of order at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One history, before it happens."""

    seed: int
    faults: frozenset[Fault]
    workers: tuple[PlannedWorker, ...]
    messages: tuple[PlannedMessage, ...]
    happenings: tuple[PlannedFault, ...]
    watch: PlannedWatch
    until: float

    def words(self) -> list[str]:
        """The history in lines, for people."""
        lines = [f"seed {self.seed}: {', '.join(sorted(self.faults)) or 'nothing out of the ordinary'}"]
        lines += [str(each) for each in (*self.workers, *self.messages, *self.happenings)]
        lines.append(f"{self.watch}, {self.until:g} s")
        return lines

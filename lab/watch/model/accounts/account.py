"""The account of one message: its attempts, their deliveries and executions, and what is doubtful of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SCORE_ROUNDING = 0.01
"""Seconds by which a `task-received` may stand before its score: rounding, not order."""

Owner = tuple[str, int]
"""Task id and retries: the attempt that a delivery tag is of."""

Cause = Literal["first", "redelivery", "requeue"]
CopyState = Literal["held", "ran", "skipped", "dropped", "revoked", "expired", "unseen"]
Outcome = Literal["running", "succeeded", "failed", "retried", "requeued", "lost"]
Verdict = Literal["first", "duplicate", "recovery", "requeue", "unclear"]


@dataclass(slots=True)
class Delivery:
    """A worker popped the message: one copy. `worker` is empty where no event names it."""

    at: float
    worker: str = ""
    pid: int = 0
    score: float | None = None
    received: float | None = None
    cause: Cause = "first"
    state: CopyState = "held"
    until: float | None = None
    """When the copy stopped being held."""

    @property
    def since(self) -> float:
        """From when a sweep counts its age: when it was taken, or what its score was set back to."""
        return self.at if self.score is None else min(self.at, self.score)


@dataclass(slots=True)
class Execution:
    """One run of the task's code, its verdict, and why in one phrase."""

    id: str
    retries: int
    worker: str
    pid: int
    started: float
    ended: float | None = None
    outcome: Outcome = "running"
    number: int = 1
    verdict: Verdict = "first"
    concurrent: bool = False
    after: float = 0.0
    """Seconds from the start of the first run to the start of this one."""
    first_worker: str = ""
    certain: bool = True
    """Whether the verdict rests on what was seen; what makes it doubtful is counted in the doubts."""
    paired: bool = True
    """Whether its end surely belongs to its start."""
    delivery: Delivery | None = None
    """The copy that ran; None where its delivery was not seen."""
    fate: str = ""
    """Why it did not end by itself, in one clause."""
    why: str = "the first run"
    """Why the verdict, in one phrase."""


@dataclass(slots=True)
class Attempt:
    """One attempt of one message: (task id, retries)."""

    id: str
    retries: int
    task: str = ""
    args: str = ""
    eta: float | None = None
    queue: str = ""
    tag: str = ""
    sent: float | None = None
    left: float | None = None
    """When the entry was seen to be gone from the index, unless it came back since."""
    earlier: bool = False
    """Whether it was delivered before the watch began: its deliveries and runs are at least those below."""
    deliveries: list[Delivery] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)

    @property
    def held(self) -> list[Delivery]:
        """The copies that a worker has and has not run yet."""
        return [delivery for delivery in self.deliveries if delivery.state == "held"]

    @property
    def duplicates(self) -> list[Execution]:
        return [execution for execution in self.executions if execution.verdict == "duplicate"]

    @property
    def born(self) -> float:
        """The earliest time known of it."""
        times = [at for at in (self.sent, *(d.at for d in self.deliveries[:1])) if at is not None]
        times += [execution.started for execution in self.executions[:1]]
        return min(times, default=0.0)

    @property
    def settled(self) -> bool:
        """Whether nothing of it is waiting or running, as far as is known."""
        for delivery in self.deliveries:
            if delivery.state == "held":
                return False
        for execution in self.executions:
            if execution.ended is None:
                return False
        if self.tag and self.left is None and self.executions and self.executions[-1].outcome == "lost":
            # Its entry still stands, so it will be redelivered.
            return False
        ended = ("revoked", "expired", "unseen")
        return bool(self.executions) or any(delivery.state in ended for delivery in self.deliveries)


@dataclass(slots=True)
class Account:
    """Everything known of one message: its attempts in order, and what makes the counts doubtful."""

    id: str
    attempts: list[Attempt]
    doubts: list[str]
    depends: frozenset[str]
    """Workers whose ending would change this account."""

"""The account of one message: its attempts, their deliveries and executions, and what is doubtful of them.

All are structs: drawn up in a third of a dataclass's time, and packed as they are once a message is settled.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCORE_ROUNDING = 0.01
"""Seconds by which a `task-received` may stand before its score: rounding, not order."""

ACKNOWLEDGED = 0.5
"""Seconds from a start, or an end, within which an entry is seen to have left that was acknowledged then: a
reading's time, and what a busy worker adds."""

Owner = tuple[str, int]
"""Task id and retries: the attempt that a delivery tag is of."""

Cause = Literal["first", "redelivery", "requeue", "rollback"]
CopyState = Literal[
    "held", "ran", "skipped", "stopped", "dropped", "revoked", "expired", "discarded", "unseen"
]
RunOutcome = Literal[
    "running",
    "succeeded",
    "failed",
    "timed out",
    "retried",
    "replaced",
    "cancelled",
    "requeued",
    "rejected",
    "dropped",
    "lost",
    "revoked",
    "unknown",
]
Outcome = RunOutcome | Literal["waiting", "expired", "discarded", "stopped"]
Verdict = Literal["first", "duplicate", "recovery", "requeue", "unclear"]

RETURNING = frozenset({"cancelled", "requeued"})
"""Outcomes of runs whose message comes again: it was handed back, or stays unacknowledged."""

WAITING = frozenset({"waiting", "unacked", "running"})
"""Places in the books of attempts that are not settled."""

TAKEN = RETURNING | {"lost", "revoked"}
"""Outcomes of runs that somebody took away before their end, so that one after them is no duplicate."""


class Delivery(msgspec.Struct, array_like=True, gc=False):
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
    early: float | None = None
    """After how many seconds it was delivered again, if that is sooner than any known sweep, and nobody is
    known to have handed it back."""

    @property
    def since(self) -> float:
        """From when a sweep counts its age: when it was taken, or what its score was set back to."""
        return self.at if self.score is None else min(self.at, self.score)


def refusal(copy: Delivery) -> Literal["revoked", "expired", "discarded", "stopped"] | None:
    """How a worker refused to run a copy, which acknowledges its message; None if it did not."""
    match copy.state:
        case "revoked" | "expired" | "discarded" | "stopped" as state:
            return state
    return None


class Execution(msgspec.Struct, array_like=True, gc=False):
    """One run of the task's code, its verdict, and why in one phrase."""

    id: str
    retries: int
    worker: str
    pid: int
    started: float
    ended: float | None = None
    outcome: RunOutcome = "running"
    exception: str = ""
    """The name of what it raised, or was killed with."""
    returned: bool = False
    """Whether its message was handed back after it, whatever its outcome."""
    told_twice: bool = False
    """Whether a second event told of its end."""
    publication: int = 1
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
    over: bool = False
    """Whether its worker gave the message up with it, so that nothing brings it back."""
    why: str = "the first run"
    """Why the verdict, in one phrase."""
    unless: str = ""
    """What would make the verdict wrong, in one clause; empty where it cannot be."""

    @property
    def made_way(self) -> bool:
        """Whether it left its message to another run: it was taken away, or handed it back."""
        return self.returned or self.outcome in TAKEN


class Attempt(msgspec.Struct, array_like=True, gc=False):
    """One attempt of one message: (task id, retries, publication), the last one its delivery tag."""

    id: str
    retries: int
    publication: int = 1
    """Which sending with these retries it is: an id may be used again, a task may replace itself."""
    task: str = ""
    args: str = ""
    eta: float | None = None
    queue: str = ""
    tag: str = ""
    sent: float | None = None
    left: float | None = None
    """When the entry was seen to be gone from the index, unless it came back since."""
    data_lost: float | None = None
    """When its entry went with the broker's data, unless it came back since: nobody acknowledged it."""
    earlier: bool = False
    """Whether it was delivered before the watch began: its deliveries and runs are at least those below."""
    nowhere: float | None = None
    """When it was looked for by name and stood in neither its queue nor `unacked`."""
    indexed: bool = False
    """Whether the index was read well all the while: what never stood in it was acknowledged at once."""
    deliveries: list[Delivery] = msgspec.field(default_factory=list)
    executions: list[Execution] = msgspec.field(default_factory=list)

    @property
    def held(self) -> list[Delivery]:
        """The copies that a worker has and has not run yet."""
        return [delivery for delivery in self.deliveries if delivery.state == "held"]

    @property
    def duplicates(self) -> list[Execution]:
        return [execution for execution in self.executions if execution.verdict == "duplicate"]

    @property
    def deaths(self) -> int:
        """Runs that ended with their process, or were killed by a time limit, and left the message behind."""
        return sum(run.made_way or run.outcome == "timed out" for run in self.executions)

    @property
    def born(self) -> float:
        """The earliest time known of it."""
        times = [at for at in (self.sent, *(d.at for d in self.deliveries[:1])) if at is not None]
        times += [execution.started for execution in self.executions[:1]]
        return min(times, default=0.0)

    @property
    def standing(self) -> bool:
        """Whether its entry stands in `unacked`, as far as is known."""
        return bool(self.tag) and self.left is None

    @property
    def place(self) -> str:
        """Where it stands in the books: its outcome, or `unacked` while a worker has it and has not begun."""
        outcome = self.outcome
        return "unacked" if outcome == "waiting" and (self.standing or self.held) else outcome

    @property
    def outcome(self) -> Outcome:
        """What became of it: of its runs, or else of its copies; `waiting` while a run is still to come."""
        last: Execution | None = None
        for run in self.executions:
            if run.outcome == "succeeded":
                return "succeeded"
            if run.ended is None or last is None or (last.ended is not None and run.ended >= last.ended):
                last = run
        if last is not None and last.ended is None:
            return "running"
        for delivery in self.deliveries:
            if delivery.state == "held":
                return "waiting"
        if last is not None:
            return self._after(last)
        return self._without_runs()

    def _after(self, last: Execution) -> Outcome:
        """What became of it when nothing runs and nothing is held; `last` is the run that ended last."""
        if last.returned or last.outcome == "requeued":
            return self._refused(last) or ("lost" if self.nowhere is not None else "waiting")
        if last.outcome == "cancelled" or (last.outcome == "lost" and not last.over):
            return self._refused(last) or self._taken(last)
        return last.outcome

    def _refused(self, last: Execution) -> Outcome | None:
        """What became of the copy that was delivered behind the run that ended last, if there was one."""
        copy = self.deliveries[-1] if self.deliveries else None
        if copy is None or copy is last.delivery or copy.at < last.started:
            return None
        return refusal(copy)

    def _taken(self, last: Execution) -> Outcome:
        """What became of it when this run ended with its process, or was cut off."""
        if self.standing:
            # It will be redelivered.
            return "waiting"
        if self.data_lost is not None:
            return "lost"
        if self.left is not None:
            # A process that is gone acknowledges nothing: what left later was put back, unless that was when
            # the run began.
            acknowledged = max(last.ended or 0.0, last.started + ACKNOWLEDGED)
            return "waiting" if self.left > acknowledged and self.nowhere is None else "lost"
        return "lost" if self.indexed or self.nowhere is not None else "unknown"

    def _without_runs(self) -> Outcome:
        if not self.deliveries:
            return "lost" if self.nowhere is not None else "waiting"
        states = {delivery.state for delivery in self.deliveries}
        if "skipped" in states:
            return "succeeded"
        refused = [delivery for delivery in self.deliveries if refusal(delivery)]
        over = max(refused, key=lambda delivery: delivery.until or delivery.at, default=None)
        if over is not None and not any(d.at > (over.until or over.at) for d in self.deliveries):
            # Who refuses a copy acknowledges the message, whatever other copies of it become.
            return refusal(over) or "unknown"
        if self.deliveries[-1].state == "unseen":
            return "unknown"
        return "lost" if self.nowhere is not None or self.data_lost is not None else "waiting"

    @property
    def settled(self) -> bool:
        """Whether nothing of it is waiting or running, as far as is known."""
        return self.idle and self.outcome not in ("waiting", "running")

    @property
    def idle(self) -> bool:
        """Whether nobody holds a copy of it, and nobody runs it."""
        held = "held" in [delivery.state for delivery in self.deliveries]
        return not held and None not in [execution.ended for execution in self.executions]


class Account(msgspec.Struct, array_like=True, gc=False):
    """Everything known of one message: its attempts in order, and what makes the counts doubtful."""

    id: str
    attempts: list[Attempt]
    doubts: list[str]
    depends: frozenset[str]
    """Workers whose ending would change this account."""
    running: frozenset[str] = frozenset()
    """Workers that run it now."""

    @property
    def settled(self) -> bool:
        """Whether nothing of any attempt is waiting or running, as far as is known."""
        return all(attempt.settled for attempt in self.attempts)

    @property
    def idle(self) -> bool:
        """Whether nobody holds a copy of it, and nobody runs it."""
        return False not in [attempt.idle for attempt in self.attempts]

    @property
    def places(self) -> tuple[str, ...]:
        """Where each of its attempts stands in the books."""
        return tuple([attempt.place for attempt in self.attempts])

    @property
    def tags(self) -> tuple[str, ...]:
        """The delivery tags of its attempts."""
        return tuple([attempt.tag for attempt in self.attempts if attempt.tag])

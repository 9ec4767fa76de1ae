"""The surroundings: what a simulated worker, its parts and the readers see of the world, and of each other.

The world and the worker hold what knows them by these protocols alone, so that imports go one way.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from lab.experiments.simulation.broker import SimulatedBroker
from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.plan import End, Plan, PlannedMessage, PlannedWorker
from lab.experiments.simulation.truth import RunOutcome, Truth
from lab.watch import facts


class Surroundings(Protocol):
    """The world, as those see it who take part in a history."""

    now: float
    """Unix seconds."""
    plan: Plan
    truth: Truth
    broker: SimulatedBroker
    revoked: dict[str, float]
    """Task ids, and when they were revoked."""
    last_scores: dict[str, float]
    """The score that was written last, by tag."""

    def at(self, when: float, call: Callable[..., None], *args: Any) -> None:
        """Do something later."""

    def left(self, tag: str) -> None:
        """An entry leaves the index, if it stands there, and no sweep did it."""

    def swept(self, connection: int | None) -> None:
        """Somebody swept, over this connection if `CLIENT LIST` can show it."""

    def pid(self) -> int:
        """Of a new process."""

    def connection(self) -> int:
        """The server's id of a new connection."""

    def disturb(self, what: str) -> None:
        """Something came about that nobody could foretell."""

    def publish(
        self,
        plan: PlannedMessage,
        ends: tuple[End, ...],
        countdown: float | None,
        retries: int = 0,
        task: str = ...,
        sender: str = ...,
        clock: float = 0.0,
        attempt: str = "",
        family: str = "",
    ) -> None:
        """Somebody sends a message; `clock` is by how much the sender's is ahead."""


class WorkerProcess(Protocol):
    """A worker's process, as its consumer, its pool and the teller see it."""

    name: str
    pid: int
    plan: PlannedWorker
    random: Random
    began: float
    dead: bool
    frozen: bool
    closing: bool
    connected: bool
    connection: int

    @property
    def world(self) -> Surroundings:
        """Where it runs."""

    @property
    def consumer(self) -> Acknowledging:
        """What takes messages."""

    @property
    def pool(self) -> Running:
        """What runs them."""

    @property
    def clock(self) -> float:
        """What time it is, by its own clock."""

    def later(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Do something after a while, if it still lives then."""

    def tell(self, kind: type[facts.AnyFact], **more: Any) -> None:
        """Publish an event of a task."""

    def tell_of(self, copy: Copy, kind: type[facts.AnyFact], **more: Any) -> None:
        """Publish an event of a copy that it has."""

    def kill(self, why: str) -> None:
        """Its end, without a word."""

    def idle(self) -> None:
        """Nothing runs any more."""


class Acknowledging(Protocol):
    """A consumer, as the pool and the ends of runs see it."""

    def refuse(self, copy: Copy) -> bool:
        """Whether it is revoked or expired, and thereby done with."""

    def acknowledge(self, copy: Copy) -> None:
        """It is out of unacked."""

    def requeue(self, copy: Copy) -> None:
        """It is in its queue again."""


class Running(Protocol):
    """A pool, as the consumer and the ends of runs see it."""

    @property
    def worker(self) -> WorkerProcess:
        """Whose pool it is."""

    def take(self, copy: Copy) -> None:
        """A copy is due."""

    def drop_reserved(self) -> None:
        """What does not run yet is no more."""

    def over(self, copy: Copy, outcome: RunOutcome) -> None:
        """A run has ended."""

    def leave(self, copy: Copy) -> None:
        """Its pool child is free again."""

    def lose_child(self, copy: Copy) -> None:
        """Its pool child is no more."""

"""A scenario: one way in which a Redis broker loses, repeats or stalls a Celery task, as a declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lab.workers import WorkerSpec

if TYPE_CHECKING:
    from lab.scenarios.bench import Bench

Effect = Literal["duplicate", "loss", "stall", "pile-up"]
EFFECTS: tuple[Effect, ...] = ("duplicate", "loss", "stall", "pile-up")

Delay = Literal["countdown", "hops", "row"]
"""How a task that is not due yet waits: as a message with an ETA, a chain of them, or a database row."""

Check = Callable[[], bool]
"""Whether a step that was begun is over; never blocks, raises `StepFailed`."""


class StepFailed(RuntimeError):
    """A step cannot be done, so nothing can be said of the scenario; the text is one line."""


class Step(Protocol):
    """One thing that is done, or waited for."""

    @property
    def says(self) -> str:
        """What it does, as a line in a list of steps."""

    def begin(self, bench: Bench) -> Check:
        """Do it, without blocking; what comes back says when it is over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a sign was there, and the evidence: what was seen, in words."""

    there: bool
    words: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that must be seen for a scenario to count as reproduced."""

    says: str
    look: Callable[[Bench], Finding]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a scenario runs on; a cure changes this, and nothing else of it."""

    workers: tuple[WorkerSpec, ...]
    later: tuple[WorkerSpec, ...] = ()
    """Workers that a step starts; there is at least one here or above."""
    conf: Mapping[str, Any] = field(default_factory=dict)
    """Celery settings of every worker."""
    task_class: str = ""
    """The class of every worker's tasks, such as `lab.mitigations.lock:Locked`."""
    producer: Mapping[str, str] = field(default_factory=dict)
    """The producer's environment, as `lab.celery_app.make_app` reads it."""
    server: tuple[str, ...] = ()
    """More of the server's command line."""
    delay: Delay = "countdown"
    hop: int = 0
    """Seconds of the longest hop, where tasks wait in hops."""
    supervised: bool = True
    """Whether a worker that ended by itself is started again."""

    @property
    def hidden(self) -> int:
        """The smallest visibility timeout of any worker, in seconds: the one in force."""
        return min(spec.visibility_timeout for spec in (*self.workers, *self.later))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One failure mode: how it is brought about, and what counts as reproduced. Times are seconds."""

    id: str
    name: str
    effect: Effect
    expect: str
    """What will be seen, in two sentences."""
    why: str
    """The mechanism, in one sentence."""
    helps: str
    """What to do about it."""
    setup: Setup
    steps: tuple[Step, ...]
    reproduced: tuple[Sign, ...]
    """All of them must be seen."""
    links: tuple[str, ...]
    """Issues, such as `celery#2481`, or the place in the source, such as `kombu/transport/redis.py:Mutex`."""
    seconds: int
    """About how long it takes."""
    longest_wait: int = 0
    """The longest time that a message of it waits or runs, rightly, before it is acknowledged."""
    needs: str = ""
    """A package beyond the base install."""


FAST_TIMEOUT = 5


def worker(
    name: str = "w1",
    *,
    hidden: int = FAST_TIMEOUT,
    interval: int = 1,
    throttle: int = 1,
    concurrency: int = 2,
    pool: str = "prefork",
    queue: str = "",
    environment: Mapping[str, str] | None = None,
) -> WorkerSpec:
    """A worker of a scenario, by default with the fast settings: hidden for 5 s, a sweep every second."""
    return WorkerSpec(
        name=f"{name}@lab",
        concurrency=concurrency,
        visibility_timeout=hidden,
        restore_interval=interval,
        restore_throttle=throttle,
        pool=pool,
        environment=dict(environment or {}),
        options=["-Q", queue] if queue else [],
    )

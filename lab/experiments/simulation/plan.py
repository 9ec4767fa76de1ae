"""The plan of one history: workers, messages and faults, drawn from a seed. It does nothing of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

End = Literal[
    "succeeds",
    "raises",
    "time limit",
    "child dies",
    "rejects",
    "hands back",
    "ignores",
    "replaces",
    "retries",
]

FaultKind = Literal[
    "crash", "shutdown", "connection", "revoke", "deaf", "foreign sweep", "restart", "rollback", "data lost"
]

TOLD = ("late", "repeated")
"""Faults of the telling: facts in another order within some seconds, and facts that come twice."""

OTHERS = ("ends", "late acks", "two services", "skew", "id again", "pop")
"""Classes of what is no event of its own: tasks that end otherwise than well, acks_late, a worker that does
not know some tasks, clocks that are off, an id that is used twice, a death between pop and record."""

EVENTS: tuple[FaultKind, ...] = (
    "crash",
    "shutdown",
    "connection",
    "revoke",
    "deaf",
    "foreign sweep",
    "restart",
    "rollback",
    "data lost",
)

CLASSES: tuple[str, ...] = (*EVENTS, *OTHERS, *TOLD)
"""Everything that may go wrong, by the name by which it is switched on."""

ENDS: tuple[End, ...] = (
    "raises",
    "time limit",
    "child dies",
    "rejects",
    "hands back",
    "ignores",
    "replaces",
    "retries",
)


@dataclass(frozen=True, slots=True)
class PlannedWorker:
    """A worker process. Times are seconds from the beginning, or of duration."""

    name: str
    starts: float
    timeout: float
    interval: float
    throttle: int
    pool: int
    skew: float = 0.0
    knows_all: bool = True


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message that a producer sends, and how its task ends."""

    id: str
    at: float
    eta: float | None
    seconds: float
    late: bool
    """acks_late."""
    end: End
    handed_back: bool = False
    """Whether the message goes back to its queue when a run dies, or its time limit kills it."""
    foreign: bool = False
    """Whether some workers do not know its task."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens at a time, to a worker or to a message where it is one's."""

    at: float
    kind: FaultKind
    of: int
    """Which worker, or which message, by its number."""
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What one history is made of."""

    seed: int
    seconds: float
    workers: Sequence[PlannedWorker]
    messages: Sequence[PlannedMessage]
    faults: Sequence[Fault]
    telling: Collection[str]
    """How the facts are told: some of `TOLD`."""
    loses_pops: float = 0.0
    """When a worker dies between a pop and its record; 0 for never."""


def draw(seed: int, only: Collection[str] | None = None) -> Plan:
    """The plan of a seed, with `only` these classes of faults; each of them is drawn or left out."""
    random = Random(seed)
    allowed = CLASSES if only is None else [each for each in CLASSES if each in only]
    chosen = [each for each in allowed if only is not None or random.random() < 0.25]
    seconds = random.uniform(20, 60)
    workers = [_worker(random, n, chosen) for n in range(random.randint(1, 4))]
    messages = [_message(random, n, seconds, chosen) for n in range(random.randint(2, 10))]
    if "id again" in chosen:
        twice = random.choice(messages)
        messages.append(replace(twice, at=twice.at + random.uniform(1.2, 9)))
    faults = [
        Fault(random.uniform(5, seconds - 2), kind, random.randrange(8), random.uniform(0.5, 4))
        for kind in EVENTS
        if kind in chosen
        for _ in range(random.randint(1, 2))
    ]
    return Plan(
        seed=seed,
        seconds=seconds,
        workers=workers,
        messages=messages,
        faults=sorted(faults, key=lambda fault: fault.at),
        telling=[each for each in TOLD if each in chosen],
        loses_pops=random.uniform(3, seconds) if "pop" in chosen else 0.0,
    )


def _worker(random: Random, n: int, chosen: Collection[str]) -> PlannedWorker:
    interval, throttle = random.choice(((1.0, 1), (1.0, 1), (2.0, 2), (1.0, 5)))
    return PlannedWorker(
        name=f"w{n + 1}",
        starts=random.uniform(0, 1.5),
        timeout=random.choice((4.0, 5.0, 8.0)),
        interval=interval,
        throttle=throttle,
        pool=random.randint(1, 4),
        skew=random.choice((-3.0, 2.0, 30.0)) if "skew" in chosen and random.random() < 0.5 else 0.0,
        knows_all=not ("two services" in chosen and n % 2),
    )


def _message(random: Random, n: int, seconds: float, chosen: Collection[str]) -> PlannedMessage:
    at = random.uniform(3, seconds * 0.6)
    return PlannedMessage(
        id=f"m{n + 1}",
        at=at,
        eta=at + random.uniform(1, seconds * 0.6) if random.random() < 0.5 else None,
        seconds=random.choice((0.05, 0.5, 3.0, 9.0)),
        late="late acks" in chosen and random.random() < 0.5,
        end=random.choice(ENDS) if "ends" in chosen and random.random() < 0.5 else "succeeds",
        handed_back=random.random() < 0.5,
        foreign="two services" in chosen and random.random() < 0.5,
    )

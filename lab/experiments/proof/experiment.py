"""The experiments: what is sent on which rig, as declarations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab.settings import Settings

Then = Literal["", "kill the holder", "revoke"]
"""What is done to a message once it is held, or, for a kill, once it runs."""


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message, sent `count` times. Times are seconds."""

    name: str
    eta: float = 0.0
    count: int = 3
    task: str = "lab.run"
    arguments: Sequence[float] = ()
    then: Then = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Messages that share one rig. Workers start `stagger` seconds apart, so that their sweeps are too."""

    settings: Settings
    kinds: tuple[MessageKind, ...]
    seconds: float
    """About how long it takes."""
    workers: int = 2
    stagger: float = 0.0
    lead: float = 1.0
    """How long before a redelivery its forecast is held against it."""
    claims: bool = False
    """Whether its sweeps count for the percentages."""


def _fast(workers: int, timeout: int = 2) -> Settings:
    return Settings(visibility_timeout=timeout, workers=workers, concurrency=8)


def _default(timeout: int = 8) -> Settings:
    return Settings(
        visibility_timeout=timeout, restore_interval=10, restore_throttle=10, workers=1, concurrency=8
    )


FAST = (
    Experiment(_fast(1), (MessageKind("ETA beyond the timeout", eta=9.5),), 16, workers=1),
    Experiment(
        _fast(2),
        (
            MessageKind("ETA beyond the timeout", eta=9.5),
            MessageKind("retry, later than the timeout", task="lab.retry_once", arguments=(7.0,), count=2),
            MessageKind("acks_late, longer than the timeout", task="lab.run_late", arguments=(7.0,), count=1),
            MessageKind("handed back (reject, requeue)", task="lab.hand_back_once", count=2),
            MessageKind("revoked while held", eta=8, count=2, then="revoke"),
        ),
        24,
    ),
    Experiment(_fast(3), (MessageKind("ETA beyond the timeout", eta=9.5),), 17, workers=3),
    Experiment(
        _fast(2),
        (
            MessageKind(
                "SIGKILL under acks_late",
                task="lab.run_late",
                arguments=(1.5,),
                count=1,
                then="kill the holder",
            ),
        ),
        14,
    ),
    Experiment(
        _fast(2, 60),
        (
            MessageKind("timeout above the ETA", eta=5),
            MessageKind("retry, sooner than the timeout", task="lab.retry_once", arguments=(4.0,), count=2),
            MessageKind("raises", task="lab.fail", count=2),
            MessageKind("beyond its hard time limit", task="lab.overrun", count=2),
            MessageKind("ignored (Ignore)", task="lab.ignore", count=2),
            MessageKind("refused for good (Reject)", task="lab.reject", count=2),
            MessageKind("replaces itself", task="lab.replace", count=2),
            MessageKind("child killed, early ack", task="lab.die", count=2),
            MessageKind("child killed under acks_late", task="lab.die_late", count=2),
            MessageKind("child killed, handed back", task="lab.die_once", count=2),
        ),
        12,
    ),
)
"""A sweep every second: about a minute, two rigs side by side."""

ETA_OF_THE_DEFAULT = 760.0

DEFAULT = tuple(
    Experiment(
        _default(),
        (MessageKind("ETA beyond the timeout", eta=ETA_OF_THE_DEFAULT, count=2),),
        ETA_OF_THE_DEFAULT + 20,
        workers=workers,
        stagger=31.0,
        lead=30.0,
        claims=True,
    )
    for workers in (1, 2, 3)
)
"""Kombu's default sweep, every 100 s: thirteen minutes, side by side."""

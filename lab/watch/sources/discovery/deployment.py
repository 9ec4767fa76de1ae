"""A deployment as discovery found it: a key prefix on a db, and what is to be seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.watch.broker.layout import EVENT_EXCHANGE


@dataclass(slots=True)
class Found:
    """One deployment: a key prefix on a db."""

    db: int
    prefix: str
    event_exchange: str = EVENT_EXCHANGE
    fanout: str | None = None
    """What stands before the exchange in a channel's name, such as `/0.`; None where none was heard."""
    unacked: str | None = None
    """The key of the hash of unacked messages, where it is there now."""
    queues: dict[str, list[str]] = field(default_factory=dict)
    """Each queue to its lists, without the key prefix: itself, and those of its priorities that were seen."""
    sep: str | None = None
    """None where no binding tells it."""
    workers: set[str] = field(default_factory=set)
    """Node names that were heard, or that are bound for remote control."""
    how: set[str] = field(default_factory=set)
    """`heartbeat`, `bindings`, `unacked`: what it was found by."""


@dataclass(slots=True)
class Discovery:
    """What was found, the liveliest first, and what that does not include."""

    found: list[Found] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """What could not be looked at, to why."""
    complete: bool = True
    """Whether all keys were looked at; a large db is not scanned to its end."""

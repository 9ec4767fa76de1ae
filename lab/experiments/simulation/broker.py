"""The broker: one queue, `unacked` and its index, as `kombu.transport.redis` keeps them (5.7.0)."""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from dataclasses import dataclass, replace

from lab.experiments.simulation.plan import PlannedMessage


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in a queue: the tag stays the same over redeliveries."""

    tag: str
    id: str
    task: str
    retries: int
    eta: float | None
    planned: PlannedMessage
    redelivered: bool = False


class Broker:
    """What is on the server. It has no clock: scores come from who pops."""

    def __init__(self) -> None:
        self.queue: deque[Message] = deque()
        """The right end is taken next."""
        self.unacked: dict[str, Message] = {}
        self.index: dict[str, float] = {}
        self.run_id = "server-1"

    def publish(self, message: Message) -> None:
        self.queue.appendleft(message)

    def record(self, message: Message, score: float) -> None:
        """What a worker does after a pop (`QoS.append`)."""
        self.unacked[message.tag] = message
        self.index[message.tag] = score

    def acknowledge(self, tag: str) -> None:
        self.unacked.pop(tag, None)
        self.index.pop(tag, None)

    def restore(self, tag: str, *, last: bool = False) -> bool:
        """Put an entry back into its queue, to be served next; `last` behind all others (`reject` with
        requeue). False if it does not stand."""
        self.index.pop(tag, None)
        message = self.unacked.pop(tag, None)
        if message is None:
            return False
        message = replace(message, redelivered=True)
        if last:
            self.queue.appendleft(message)
        else:
            self.queue.append(message)
        return True

    def overdue(self, before: float) -> list[str]:
        """The entries with a score up to this, the oldest first."""
        return [
            tag for score, tag in sorted((score, tag) for tag, score in self.index.items() if score <= before)
        ]

    def snapshot(self) -> Broker:
        return deepcopy(self)

    def begin_anew(self, older: Broker | None) -> None:
        """Another server process answers, with an older state, or none at all."""
        state = older.snapshot() if older else Broker()
        self.queue, self.unacked, self.index = state.queue, state.unacked, state.index

    def restarted(self) -> None:
        self.run_id = f"server-{int(self.run_id.rpartition('-')[2]) + 1}"

"""The attachment: somebody else's broker, watched and never written to. No rig, no producer, no defaults."""

from __future__ import annotations

from typing import NoReturn

from lab.session import News, NoProducerError, Observation, Way
from lab.target import Target


class Attachment(Observation):
    """Watches a target from now on. What nobody says of its workers stays unknown.

    With `ask` the workers are asked for their settings: one request is published, and their replies are read
    from one list, which is deleted.
    """

    way: Way = "attached"
    rig: None = None
    embedded = False
    live = True
    lost: str | None = None
    """Never: a broker that is away may come back, and the model says that it is away."""
    ended = False

    def __init__(self, target: Target, *, ask: bool = False) -> None:
        super().__init__(target.address.masked, target.layout.prefix)
        self.target = target
        for fact in target.said:
            self.observer.put(fact)
        self.observer.watch(target.address, target.layout, ask=ask)

    def look(self) -> News:
        """Take in what the broker had to say since the last look. Never blocks."""
        return News(self.observer.drain())

    def producer(self) -> NoReturn:
        """There is none: raises `NoProducerError`."""
        raise NoProducerError("Nothing is sent to a broker that is only watched")

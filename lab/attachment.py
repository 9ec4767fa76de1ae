"""The attachment: somebody else's broker, watched and never written to. No rig, no producer, no defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from lab.session import News, NoProducerError, Observation, Way
from lab.watch.facts import Configured


class Attachment(Observation):
    """Watches the broker at `address`, under a key prefix, from now on.

    `said` is what a user or an app says that the workers run with; what nobody says stays unknown. With `ask`
    the workers are asked, which writes reply keys to the broker.
    """

    way: Way = "attached"
    rig: None = None
    embedded = False
    live = True
    lost: str | None = None
    """Never: a broker that is away may come back, and the model says that it is away."""
    ended = False

    def __init__(
        self, address: str, prefix: str = "", *, ask: bool = False, said: Sequence[Configured] = ()
    ) -> None:
        super().__init__(address, prefix)
        for fact in said:
            self.observer.put(fact)
        self.observer.watch(address, prefix, ask=ask)

    def look(self) -> News:
        """Take in what the broker had to say since the last look. Never blocks."""
        return News(self.observer.drain())

    def producer(self) -> NoReturn:
        """There is none: raises `NoProducerError`."""
        raise NoProducerError("Nothing is sent to a broker that is only watched")

"""The model: the ledger, the sweeps and the forecast, fed with the same facts."""

from __future__ import annotations

from lab.watch.facts import TASK_FACTS, AnyFact, Popped, Totals
from lab.watch.model.accounts.account import Account
from lab.watch.model.forecast import Forecast
from lab.watch.model.ledger import Ledger
from lab.watch.model.sweeping.settings import TransportSettings
from lab.watch.model.sweeping.sweeps import Sweeps
from lab.watch.model.track_record import SAMPLED, TrackRecord


class Model:
    """What the facts add up to. One thread applies and reads; it has no locks and reads no clock."""

    def __init__(self) -> None:
        self.settings = TransportSettings()
        self.ledger = Ledger(settings=self.settings)
        self.sweeps = Sweeps(self.settings)
        self.forecast = Forecast(self.ledger, self.sweeps)
        self.track_record = TrackRecord()

    def apply(self, fact: AnyFact) -> None:
        """Take one fact in."""
        if type(fact) in TASK_FACTS:
            # They say nothing of sweeps.
            self.ledger.take(fact)  # type: ignore[arg-type]
            return
        if isinstance(fact, Popped) and (age := self.ledger.popped_again(fact)) is not None:
            if self.ledger.lives.clock("") == (0.0, 0.0):
                # Or else nobody knows what time it was, and how old the entry.
                self.sweeps.restored(fact.at, age, fact.tag)
            self.track_record.redelivered(fact.tag, self.ledger.entries[fact.tag].score, fact.at)
        # The ledger first: it takes settings in, by which a sweeper's phase is judged.
        self.ledger.apply(fact)
        self.sweeps.apply(fact)
        if isinstance(fact, Totals):
            oldest = self.ledger.oldest(SAMPLED)
            # While a sweep runs, what stands may still be put back by it.
            sure = not fact.mutex and self.ledger.lives.clock("") == (0.0, 0.0)
            standing = oldest[0].score if oldest and sure else None
            self.sweeps.judge(fact.at, standing, self.ledger.handed_back)
            self.track_record.look(self.forecast, oldest, fact.at)

    def settle(self) -> list[Account]:
        """Draw up what the facts since the last call changed: those accounts."""
        return self.ledger.settle()

    def missing(self, now: float) -> list[tuple[str, str]]:
        """Messages to look for by name, as task id and queue: they should wait there, and seem not to."""
        return self.ledger.missing(now)

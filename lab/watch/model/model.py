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
            self.sweeps.restored(fact.at, age)
            self.track_record.redelivered(fact.tag, self.ledger.entries[fact.tag].score, fact.at)
        # The ledger first: it takes settings in, by which a sweeper's phase is judged.
        self.ledger.apply(fact)
        self.sweeps.apply(fact)
        if isinstance(fact, Totals):
            oldest = self.ledger.oldest(SAMPLED)
            # While a sweep runs, what stands may still be put back by it.
            standing = oldest[0].score if oldest and not fact.mutex else None
            self.sweeps.judge(fact.at, standing)
            self.track_record.look(self.forecast, oldest, fact.at)

    def settle(self) -> list[Account]:
        """Draw up what the facts since the last call changed: those accounts."""
        return self.ledger.settle()

    def missing(self, now: float) -> list[tuple[str, str]]:
        """The messages to look for on the broker by their id: each its task id and the queue that it was sent
        to. What stands nowhere comes back as a fact (`Nowhere`); of what was found nothing is heard."""
        return []

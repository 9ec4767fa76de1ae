"""The model: the ledger, the sweeps and the forecast, fed with the same facts."""

from __future__ import annotations

from lab.watch.facts import TASK_FACTS, AnyFact, Popped, Totals
from lab.watch.model.accounts.account import Account
from lab.watch.model.forecast import Forecast
from lab.watch.model.ledger import Ledger
from lab.watch.model.sweeping.settings import TransportSettings
from lab.watch.model.sweeping.sweeps import Sweeps


class Model:
    """What the facts add up to. One thread applies and reads; it has no locks and reads no clock."""

    def __init__(self) -> None:
        self.settings = TransportSettings()
        self.ledger = Ledger(settings=self.settings)
        self.sweeps = Sweeps(self.settings)
        self.forecast = Forecast(self.ledger, self.sweeps)

    def apply(self, fact: AnyFact) -> None:
        """Take one fact in."""
        if type(fact) in TASK_FACTS:
            # They say nothing of sweeps.
            self.ledger.take(fact)  # type: ignore[arg-type]
            return
        if isinstance(fact, Popped) and (age := self.ledger.popped_again(fact)) is not None:
            self.sweeps.restored(fact.at, age)
        # The ledger first: it takes settings in, by which a sweeper's phase is judged.
        self.ledger.apply(fact)
        self.sweeps.apply(fact)
        if isinstance(fact, Totals):
            self.sweeps.judge(fact.at, self.ledger.oldest_score())

    def settle(self) -> list[Account]:
        """Draw up what the facts since the last call changed: those accounts."""
        return self.ledger.settle()

"""The model: the ledger, the schedule and the forecast, fed with the same facts."""

from __future__ import annotations

from lab.watch.account import Account
from lab.watch.facts import TASK_FACTS, AnyFact, Popped
from lab.watch.forecast import Forecast
from lab.watch.ledger import Ledger
from lab.watch.schedule import Schedule


class Model:
    """What the facts add up to. One thread applies and reads; it has no locks and reads no clock."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.schedule = Schedule()
        self.forecast = Forecast(self.ledger, self.schedule)

    def apply(self, fact: AnyFact) -> None:
        """Take one fact in."""
        if type(fact) in TASK_FACTS:
            # They say nothing of sweeps.
            self.ledger.take(fact)  # type: ignore[arg-type]
            return
        if isinstance(fact, Popped) and self.ledger.popped_again(fact):
            self.schedule.restored(fact.at)
        self.schedule.apply(fact)
        self.ledger.apply(fact)

    def settle(self) -> list[Account]:
        """Draw up what the facts since the last call changed: those accounts."""
        return self.ledger.settle()

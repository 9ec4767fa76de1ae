"""The view: what the panes show of one rig, and the choice in them. The lab has one, every run its own."""

from __future__ import annotations

from collections.abc import Sequence

from lab.watch.model.accounts.account import Account, Attempt
from lab.watch.model.model import Model
from tui.cells.table import RowSource
from tui.panes.duplicates import Bell, Duplicates
from tui.panes.order import MessageKey, MessageOrder
from tui.panes.scheduled import Scheduled
from tui.panes.unacked import Unacked

FLASH = 1.0
"""Seconds that the frame of the duplicates stays lit after a burst."""


class View:
    """The lists over one model. A view that is not shown goes on taking in what changes."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.order = MessageOrder()
        self.scheduled = Scheduled(model, self.order)
        self.sources: tuple[RowSource, ...] = self.scheduled, Unacked(model), Duplicates(model)
        self.chosen: MessageKey | None = None
        """The message whose story is told."""
        self.picked = False
        """Whether the user chose it."""
        self.wanted: MessageKey | None = None
        """The message that is chosen as soon as it is there."""
        self._bell, self._lit_until = Bell(), 0.0

    def take(self, changed: Sequence[Account]) -> None:
        """Take in the accounts that changed."""
        self.order.take(changed, self.model.ledger.accounts)

    @property
    def attempt(self) -> Attempt | None:
        """The chosen attempt."""
        return self.scheduled.attempt(self.chosen) if self.chosen else None

    def pick(self) -> MessageKey | None:
        """What is to be chosen: what was just sent; without a choice of the user's, what is due next."""
        if self.wanted and self.order.find(self.wanted) is not None:
            key, self.wanted = self.wanted, None
            return key
        chosen = self.attempt
        if chosen is None:
            return self.order.key(0) if len(self.order) else None
        if not self.picked and chosen.settled and self.order.waiting:
            return self.order.key(0)
        return self.chosen

    def rings(self, now: float) -> bool:
        """Whether a burst of duplicates begins."""
        rings = self._bell.rings(self.model.ledger.counts.duplicates, now)
        if rings:
            self._lit_until = now + FLASH
        return rings

    def lit(self, now: float) -> bool:
        """Whether the frame of the duplicates is lit."""
        return now < self._lit_until

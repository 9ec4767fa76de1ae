"""The view: what the panes show of one rig, and the choice in them. The lab has one, every run its own."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from lab.watch.model.accounts.account import Account, Attempt
from lab.watch.model.model import Model
from tui.cells.table import RowSource
from tui.panes.duplicates import Bell, Duplicates
from tui.panes.order import MessageKey, MessageOrder
from tui.panes.scheduled import Scheduled
from tui.panes.unacked import Unacked
from tui.state.fullness import Fullness

FLASH = 1.0
"""Seconds that the frame of the duplicates stays lit after a burst."""


class View:
    """The lists over one model. A view that is not shown goes on taking in what changes."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.order = MessageOrder()
        self.scheduled = Scheduled(model, self.order)
        self.fullness = Fullness()
        self.sources: tuple[RowSource, ...] = self.scheduled, Unacked(model, self.fullness), Duplicates(model)
        self.chosen: MessageKey | None = None
        """The message whose story is told."""
        self.picked = False
        """Whether the user chose it."""
        self.wanted: MessageKey | None = None
        """The message that is chosen as soon as it is listed."""
        self._bell, self._lit_until = Bell(), 0.0

    def take(self, changed: Sequence[Account]) -> None:
        """Take in the accounts that changed."""
        self.order.take(changed, self.model.ledger.accounts)
        self.fullness.look(self.model.ledger.memory)

    def want(self, key: MessageKey) -> None:
        """Choose this message as soon as it is listed, whatever the user chose before."""
        self.picked, self.wanted = False, key

    @property
    def attempt(self) -> Attempt | None:
        """The chosen attempt."""
        return self.scheduled.attempt(self.chosen) if self.chosen else None

    def choose(self, key: Hashable) -> bool:
        """The user moved to a row: choose its message. Whether the row has one that is listed."""
        # The key of a run among the duplicates begins with that of its message.
        if not isinstance(key, tuple) or self.order.find(key[:3]) is None:
            return False
        self.picked, self.chosen = True, key[:3]
        return True

    def pick(self) -> bool:
        """Choose what was just sent; else, unless the user chose, what is due next. Whether that is new."""
        before, self.chosen = self.chosen, self._best()
        return self.chosen != before

    def _best(self) -> MessageKey | None:
        if self.wanted and self.order.find(self.wanted) is not None:
            key, self.wanted = self.wanted, None
            return key
        attempt = self.attempt
        if attempt is None:
            return self.order.key(0) if len(self.order) else None
        if not self.picked and attempt.settled and self.order.waiting:
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

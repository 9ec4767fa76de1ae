"""The lists: scheduled, unacked and duplicates, one below the other, of whatever view is shown."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.panes.order import MessageKey
from tui.panes.selection import View
from tui.state.deployment import Deployment
from tui.widgets.rows import Rows
from tui.words.hints import beside_words, hints


class Lists(Vertical):
    """Three lists over one view at a time."""

    def __init__(self, view: View, *, id: str) -> None:
        super().__init__(id=id)
        scheduled, unacked, duplicates = view.sources
        self._messages = Rows(scheduled, id="scheduled"), Rows(unacked, id="unacked")
        self._duplicates = Rows(duplicates, id="duplicates")
        self._rows = (*self._messages, self._duplicates)
        self._shares: list[str] = []

    def compose(self) -> ComposeResult:
        yield from self._rows

    @property
    def lengths(self) -> list[int]:
        """How many rows each list has."""
        return [len(rows.source) for rows in self._rows]

    def share(self, heights: Sequence[int] | None) -> None:
        """Give the lists these heights in lines; None for equal shares of all there is."""
        shares = [f"{height}" for height in heights] if heights else ["1fr"] * len(self._rows)
        if shares == self._shares:
            return
        self._shares = shares
        self.styles.height = sum(heights) if heights else "1fr"
        for rows, height in zip(self._rows, shares, strict=True):
            rows.styles.height = height

    def swap(self, view: View) -> None:
        """Show another view, with its choice."""
        for rows, source in zip(self._rows, view.sources, strict=True):
            rows.swap(source)
        self.choose(view.chosen)

    def choose(self, key: MessageKey | None) -> None:
        """Mark a message wherever it is listed."""
        for rows in self._messages:
            rows.choose(key)

    def look(self, view: View, deployment: Deployment, now: float) -> None:
        """Take in what changed."""
        ledger = view.model.ledger
        beside = beside_words(ledger.balance.lost, view.order.poison, ledger.counts.discarded)
        for rows, hint in zip(self._rows, hints(deployment, beside), strict=True):
            rows.source.hint = hint
            rows.look(now)
        self._duplicates.set_class(view.lit(now), "lit")

    def focus_first(self) -> None:
        """Give the first list the focus."""
        self._rows[0].focus()

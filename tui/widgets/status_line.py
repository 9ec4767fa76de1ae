"""The status line: what was just done, and when."""

from __future__ import annotations

from typing import ClassVar

from tui.cells import text
from tui.cells.durations import clock
from tui.widgets.lines import Lines


class StatusLine(Lines):
    """One line, which goes after a while."""

    STAYS: ClassVar[float] = 12.0
    """Seconds."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._since = 0.0
        self._words = ""
        self._bad = False

    def say(self, words: str, now: float, *, bad: bool = False) -> None:
        """Show one line until something else is said, or until it is old."""
        self._since, self._words, self._bad = now, words, bad
        self.look(now)

    def look(self, now: float) -> None:
        """Let go of what is old."""
        if now - self._since > self.STAYS:
            self._words = ""
        if not self._words:
            self.put([])
            return
        shown = text.clean(self._words)
        if self._bad:
            shown = f"✖ {shown}"
        line = text.cut(shown, self.size.width - 12)
        self.put([[(f" {clock(self._since)}  ", "dim"), (line, "bad" if self._bad else "text")]])

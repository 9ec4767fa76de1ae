"""The status line: what was just done, and when; or what is wrong as long as nothing else is said."""

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
        self._wrong = ""

    def say(self, words: str, now: float, *, bad: bool = False) -> None:
        """Show one line until something else is said, or until it is old."""
        self._since, self._words, self._bad = now, words, bad
        self.look(now)

    def stand(self, wrong: str, now: float) -> None:
        """What is wrong from now on: shown at once, and whenever nothing newer is to be said."""
        if wrong != self._wrong:
            self._wrong = wrong
            self.say(wrong, now, bad=True)

    def look(self, now: float) -> None:
        """Let go of what is old."""
        if now - self._since > self.STAYS:
            self._words = ""
        if self._words:
            self._put(self._words, clock(self._since), bad=self._bad)
        elif self._wrong:
            self._put(self._wrong, "", bad=True)
        else:
            self.put([])

    def _put(self, words: str, when: str, *, bad: bool) -> None:
        shown = text.clean(words)
        if bad:
            shown = f"✖ {shown}"
        head = f" {when}  " if when else " "
        line = text.cut(shown, self.size.width - 2 - len(head))
        self.put([[(head, "dim"), (line, "bad" if bad else "text")]])

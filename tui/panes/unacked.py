"""Unacked: what stands in kombu's `unacked`, how long it stays hidden, and when it is handed out again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.entries import Entry
from lab.watch.model.model import Model
from lab.watch.model.sweeping.mutex import MUTEX_EXPIRES, stuck_for
from lab.watch.model.sweeping.settings import ASSUMED
from lab.watch.model.track_record import ENOUGH
from tui.cells import names
from tui.cells.bar import bar
from tui.cells.durations import countdown, duration, times
from tui.cells.table import SLIM, Column, Piece, Row, cells_of
from tui.panes.order import key_of
from tui.state.fullness import Fullness
from tui.words.notices import FULL
from tui.words.redelivery import next_redelivery
from tui.words.strangers import stranger_words


class Unacked:
    """The list of entries, the oldest score, which is handed out next, first."""

    def __init__(self, model: Model, fullness: Fullness) -> None:
        self.model = model
        self._fullness = fullness
        self.hint = ""
        self._now = 0.0
        self._version = -1
        self._entries: list[Entry] = []
        self._places: dict[Hashable, int] = {}
        self._overdue = 0
        self._timeout = ASSUMED

    def look(self, now: float) -> None:
        self._now = now
        ledger = self.model.ledger
        if ledger.version != self._version:
            # At most what the reader follows, about a thousand, whatever the backlog.
            self._version = ledger.version
            self._entries = sorted(ledger.entries.values(), key=lambda entry: entry.score)
            self._places = {self._key(entry): n for n, entry in enumerate(self._entries)}
        self._timeout = self.model.forecast.hidden(now).timeout
        self._overdue = self._past(now)

    def __len__(self) -> int:
        return len(self._entries)

    def key(self, index: int) -> Hashable:
        return self._key(self._entries[index])

    def find(self, key: Hashable) -> int | None:
        return self._places.get(key)

    def _key(self, entry: Entry) -> Hashable:
        """The attempt, so that the choice of one goes through all lists; its tag where it is not known."""
        attempt = self.model.ledger.attempt(entry)
        return key_of(attempt) if attempt else entry.tag

    def columns(self, width: int) -> Sequence[Column]:
        if width < SLIM:
            return Column("task", 11), Column("held by", 7), Column("hidden for", 0)
        wide = width >= 100
        return (
            Column("task", 18 if wide else 11),
            Column("id", 8),
            Column("held by", 10 if wide else 7),
            Column("hidden for", 24 if wide else 16),
            Column("redelivered", 11),
            Column("next redelivery" if width >= 76 else "next", 0),
        )

    def row(self, index: int, columns: Sequence[Column]) -> Row:
        entry = self._entries[index]
        attempt = self.model.ledger.attempt(entry)
        named = names.attempt(attempt, columns[0].width) if attempt else "not read"
        again = max(entry.pops, len(attempt.deliveries) if attempt else 0) - 1
        width = {column.heading: column.width for column in columns}
        cells: dict[str, tuple[Piece, ...]] = {
            "task": ((named, "text" if attempt else "warn"),),
            "id": ((names.short(entry.message or "?"), "dim"),),
            "held by": (_holder(attempt),),
            "hidden for": self._hidden(entry, width["hidden for"]),
            "redelivered": (((f"▼ {times(again)}", "held") if again else ("not yet", "dim")),),
        }
        if "next" in columns[-1].heading:
            cells[columns[-1].heading] = self._next(entry, attempt, columns[-1].width)
        return cells_of(columns, cells)

    def heading(self) -> Sequence[Piece]:
        total = max(self.model.ledger.totals.index, self.model.ledger.totals.unacked)
        pieces = [("Unacked", "head")]
        if self._entries:
            held = max(total, len(self._entries))
            pieces.append((f" — {held:,} held", "text"))
        if self._overdue:
            pieces.append((f" · {self._overdue:,} overdue", "warn"))
        record = self.model.track_record
        if self._entries and record.judged >= ENOUGH:
            role = "warn" if record.unreliable else "dim"
            pieces.append((f" · forecast right {record.right} of {record.judged} times", role))
        return pieces

    def remark(self) -> str:
        totals = self.model.ledger.totals
        shown, there = len(self._entries), max(totals.index, totals.unacked)
        parts = [f"{shown:,} of {there:,} shown"] if there > shown else []
        if totals.unread:
            parts.append(f"{totals.unread:,} came too fast to be read")
        stuck = stuck_for(self.model.ledger.mutex_since, self._now)
        if stuck is not None:
            parts.insert(
                0,
                f"the mutex is held for {duration(stuck)}: nothing is redelivered"
                f" (it expires after {MUTEX_EXPIRES} s)",
            )
        elif totals.mutex:
            parts.append("a sweep is running")
        if self._fullness.full(self._now):
            parts.insert(0, FULL)
        parts += stranger_words(self.model, self._now)
        record = self.model.track_record
        if record.unreliable:
            parts.append("the forecast is not to be relied on here: too often it was wrong")
        return " · ".join(parts)

    def _past(self, now: float) -> int:
        """How many are overdue: they stand first, as they are in the order of their scores."""
        low, high = 0, len(self._entries)
        while low < high:
            middle = (low + high) // 2
            if self._entries[middle].score + self._timeout.shown < now:
                low = middle + 1
            else:
                high = middle
        return low

    def _hidden(self, entry: Entry, width: int) -> tuple[Piece, ...]:
        """A bar that drains until the entry is no longer hidden, and what is left."""
        timeout = self._timeout
        if not timeout.shown:
            return (("? no visibility timeout known", "warn"),)
        left = entry.score + timeout.shown - self._now
        room = width - 9
        if left <= 0:
            return ("▓" * room, "warn"), (" overdue" if timeout.ground == "known" else " overdue?", "warn")
        full, rest = bar(left / timeout.shown, room)
        return (full, "held"), (rest, "line"), (f" {countdown(left)}", "text")

    def _next(self, entry: Entry, attempt: Attempt | None, width: int) -> tuple[Piece, ...]:
        coming = self.model.forecast.redelivery(entry.score, self._now)
        return next_redelivery(coming, attempt, self._now, width)


def _holder(attempt: Attempt | None) -> Piece:
    if attempt is None or not attempt.deliveries or not attempt.deliveries[-1].worker:
        return "?", "warn"
    last = attempt.deliveries[-1]
    if last.state == "dropped":
        return f"{names.worker(last.worker)} gone", "warn"
    return names.worker(last.worker), "text"

"""Duplicate executions: the duplicates and the recoveries, the newest at the top, each with why."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rich.cells import cell_len

from lab.watch.model.accounts.account import Execution
from lab.watch.model.accounts.duplicate_feed import MOST_DUPLICATES
from lab.watch.model.model import Model
from lab.watch.outputs.plurals import plural
from tui.cells import names, text
from tui.cells.durations import clock, duration, instant
from tui.cells.table import SLIM, Column, Piece, Row, cells_of
from tui.panes.order import key_of

BURST = 2.0
"""Seconds: a duplicate sooner than that after another belongs to the same burst, which rings once."""


class Duplicates:
    """The feed of duplicate executions and recoveries. Runs of which too little was seen are only counted."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.hint = ""
        self._version = -1
        self._runs: list[Execution] = []
        self._places: dict[Hashable, int] = {}

    def look(self, now: float) -> None:
        ledger = self.model.ledger
        if ledger.version != self._version:
            self._version = ledger.version
            self._runs = list(reversed(ledger.duplicates))
            self._places = {_key(run): n for n, run in enumerate(self._runs)}

    def __len__(self) -> int:
        return len(self._runs)

    def key(self, index: int) -> Hashable:
        return _key(self._runs[index])

    def find(self, key: Hashable) -> int | None:
        return self._places.get(key)

    def columns(self, width: int) -> Sequence[Column]:
        if width < SLIM:
            return Column("run", 4), Column("task", 11), Column("verdict", 0)
        wide = width >= 100
        return (
            Column("run", 4),
            Column("started", 12 if width >= 74 else 8),
            Column("task", 18 if wide else 11),
            Column("id", 8),
            Column("on", 10 if wide else 6),
            Column("after the first", 20 if wide else 15),
            Column("verdict", 0),
        )

    def row(self, index: int, columns: Sequence[Column]) -> Row:
        run = self._runs[index]
        account = self.model.ledger.accounts.get(run.id)
        attempts = account.attempts if account else []
        attempt = next((one for one in attempts if key_of(one) == _key(run)[:3]), None)
        duplicate = run.verdict == "duplicate"
        role = "bad" if duplicate else "good" if run.certain else "warn"
        after = f"+{duration(max(run.after, 0.0))}"
        width = {column.heading: column.width for column in columns}
        started = instant(run.started) if width.get("started", 0) > 8 else clock(run.started)
        cells: dict[str, tuple[Piece, ...]] = {
            "run": ((f"×{run.number}", role),),
            "started": ((started, "text"),),
            "task": ((names.attempt(attempt, width["task"]) if attempt else "forgotten", "text"),),
            "id": ((names.short(run.id), "dim"),),
            "on": ((names.worker(run.worker), "text"),),
            "after the first": ((after, "text"), (f" after {names.worker(run.first_worker)}", "dim")),
            "verdict": _verdict(run, width["verdict"]),
        }
        return cells_of(columns, cells)

    def heading(self) -> Sequence[Piece]:
        counts = self.model.ledger.counts
        pieces = [("Duplicate executions", "head")]
        if counts.executions:
            of = f" — {counts.duplicates:,} of {plural(counts.executions, 'run')}"
            pieces.append((of, "bad" if counts.duplicates else "good"))
        if counts.recoveries:
            recoveries = plural(counts.recoveries, "recovery", "recoveries")
            pieces.append((f" · {recoveries}", "good"))
        if counts.unclear:
            pieces.append((f" · {counts.unclear:,} unclear", "warn"))
        if counts.stopped:
            pieces.append((f" · {counts.stopped:,} stopped by a lock", "text"))
        if self.model.ledger.doubts:
            pieces.append((" · incomplete", "warn"))
        return pieces

    def remark(self) -> str:
        ledger = self.model.ledger
        why = ledger.doubts
        parts = [f"incomplete: {'; '.join(why)}"] if why else []
        counted = ledger.counts.duplicates + ledger.counts.recoveries
        if counted > len(self._runs) >= MOST_DUPLICATES:
            parts.insert(0, f"the last {len(self._runs):,} of {counted:,} shown")
        return " · ".join(parts)


class Bell:
    """Rings once for a burst of duplicates."""

    def __init__(self) -> None:
        self._count = 0
        self._last = float("-inf")

    def rings(self, count: int, now: float) -> bool:
        """Whether to ring, `count` duplicates having been seen by `now`."""
        more, self._count = count > self._count, count
        if not more:
            return False
        rings = now - self._last > BURST
        self._last = now
        return rings


def _key(run: Execution) -> tuple[str, int, int, int]:
    """The key of its attempt, and its number."""
    return run.id, run.retries, run.publication, run.number


def _verdict(run: Execution, width: int) -> tuple[Piece, ...]:
    """The word with its glyph, and why; of what is not certain also what would make it wrong, where that fits
    in `width` cells."""
    doubt = "" if run.certain else "?"
    if run.verdict == "duplicate":
        word, role, why = (
            f"✖ duplicate{doubt}",
            "bad",
            "while another ran" if run.concurrent else "after another",
        )
        if run.delivery is not None and run.delivery.cause == "rollback":
            why = "by a rollback"
    else:
        word, role, why = f"↻ recovery{doubt}", "good" if run.certain else "warn", run.why
    why = f" {text.clean(why.replace(names.HOME, ''))}"
    wrong = ""
    if doubt and run.unless:
        wrong = f", wrong if {text.clean(run.unless.replace(names.HOME, ''))}"
        wrong = wrong if cell_len(word + why + wrong) <= width else ""
    return (word, role), (why + wrong, "dim")

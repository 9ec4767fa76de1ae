"""Scheduled: every message with when it is due, who holds copies of it, and how often it will run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import cast

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.forecast import RunCount
from lab.watch.model.model import Model
from lab.watch.outputs.plurals import plural
from tui.cells import names
from tui.cells.durations import clock, countdown
from tui.cells.outcome import outcome_pieces, poison_piece
from tui.cells.table import SLIM, Column, Piece, Row, cells_of
from tui.cells.track import track
from tui.panes.order import MessageKey, MessageOrder, key_of
from tui.words.endings import deliveries
from tui.words.losses import in_no_queue
from tui.words.redelivery import INSTANT

FAR = 40
"""Runs from which a forecast is drawn up anew only every `SELDOM` seconds: counting them takes a while."""

SELDOM = 5.0


class Scheduled:
    """The list of attempts, the waiting ones first."""

    def __init__(self, model: Model, order: MessageOrder) -> None:
        self.model = model
        self.order = order
        self.hint = ""
        self._now = 0.0
        self._forecasts: dict[MessageKey, tuple[Attempt, float, RunCount | None]] = {}

    def look(self, now: float) -> None:
        self._now = now
        if len(self._forecasts) > 500:
            self._forecasts.clear()

    def __len__(self) -> int:
        return len(self.order)

    def key(self, index: int) -> MessageKey:
        return self.order.key(index)

    def find(self, key: Hashable) -> int | None:
        return self.order.find(cast("MessageKey", key))

    def attempt(self, key: MessageKey) -> Attempt | None:
        """The attempt of that key; None if it is not known."""
        account = self.model.ledger.accounts.get(key[0])
        attempts = account.attempts if account else []
        return next((attempt for attempt in attempts if key_of(attempt) == key), None)

    def columns(self, width: int) -> Sequence[Column]:
        if width < SLIM:
            return Column("task", 11), Column("due", 8, right=True), Column("runs", 0)
        wide = width >= 100
        return (
            Column("task", 18 if wide else 11),
            Column("id", 8),
            Column("due", 8, right=True),
            Column("copies", 16 if wide else 12),
            # What a poison message has to say takes 27.
            Column("runs", 27 if width >= 112 else 18 if wide else 14),
            Column("track", 0),
        )

    def row(self, index: int, columns: Sequence[Column]) -> Row:
        attempt = self.attempt(self.key(index))
        if attempt is None:
            return tuple(() for _ in columns)
        over = attempt.settled
        runs = None if over else self._runs(attempt)
        role = "dim" if over else "text"
        width = {column.heading: column.width for column in columns}
        cells: dict[str, tuple[Piece, ...]] = {
            "task": ((names.attempt(attempt, width["task"]), role),),
            "id": ((names.short(attempt.id), "dim"),),
            "due": (self._due(attempt, over),),
            "copies": self._copies(attempt, over),
            "runs": self._runs_cell(attempt, runs, width["runs"]),
        }
        if "track" in width:
            room, expected = width["track"], runs.most if runs else 1
            coming = [] if over else self._coming(attempt, room)
            cells["track"] = tuple(track(attempt, self._now, room, expected=expected, coming=coming))
        return cells_of(columns, cells)

    def heading(self) -> Sequence[Piece]:
        waiting = self.order.waiting
        finished = len(self.order) - waiting - self.order.lost
        balance = self.model.ledger.balance
        pieces = [("Scheduled", "head")]
        if len(self.order):
            pieces.append((f" — {waiting:,} waiting", "text"))
        if self.order.poison:
            pieces.append((f" · {self.order.poison:,} poison", "bad"))
        if finished:
            pieces.append((f" · {finished:,} finished", "dim"))
        if balance.lost:
            pieces.append((f" · {balance.lost:,} lost", "bad"))
        if balance.unknown:
            pieces.append((f" · {balance.unknown:,} unknown", "warn"))
        return pieces

    def remark(self) -> str:
        queued, discarded = self.model.ledger.totals.queued, self.model.ledger.counts.discarded
        parts = [f"{discarded:,} thrown away: a worker does not know the task"] if discarded else []
        if queued:
            parts.append(f"{plural(queued, 'message')} waiting in queues")
        return " · ".join(parts)

    def _due(self, attempt: Attempt, over: bool) -> Piece:
        if over:
            runs = attempt.executions
            return (clock(runs[0].started) if runs else "–"), "dim"
        if attempt.eta is None:
            return "at once", "text"
        return countdown(attempt.eta - self._now), "text"

    def _copies(self, attempt: Attempt, over: bool) -> tuple[Piece, ...]:
        if over:
            return ((deliveries(attempt), "dim"),)
        held = attempt.held
        if not held:
            running = [run.worker for run in attempt.executions if run.ended is None]
            if running:
                return (f"{len(running)} running ", "held"), (_names(running), "dim")
            if in_no_queue(attempt, self.model.ledger.totals):
                return (("in no queue?", "warn"),)
            if not attempt.deliveries or attempt.left is not None:
                return (("in its queue", "warn"),)
            return (("holder ", "warn"), ("gone" if attempt.deliveries[-1].worker else "?", "warn"))
        return (f"{len(held)} held ", "held"), (_names([copy.worker for copy in held]), "dim")

    def _runs_cell(self, attempt: Attempt, runs: RunCount | None, width: int) -> tuple[Piece, ...]:
        """What became of it; before that, what is to become of it."""
        if attempt.settled:
            return outcome_pieces(attempt, width)
        return (poison_piece(attempt, width) or _forecast(attempt, runs),)

    def _runs(self, attempt: Attempt) -> RunCount | None:
        """The forecast; one that takes long to count is kept for a while."""
        key = key_of(attempt)
        kept = self._forecasts.get(key)
        if kept and kept[0] is attempt and self._now < kept[1]:
            return kept[2]
        runs = self.model.forecast.runs(attempt, self._now)
        far = runs is not None and (runs.endless or runs.most > FAR)
        self._forecasts[key] = attempt, self._now + (SELDOM if far else 0.3), runs
        return runs

    def _coming(self, attempt: Attempt, room: int) -> list[float]:
        """When it will be handed out again, one instant after the other, as far as a line has room."""
        score = self.model.forecast.standing(attempt)
        coming: list[float] = []
        while score is not None and attempt.eta is not None and len(coming) < room // 2:
            next_one = self.model.forecast.redelivery(score, self._now)
            if next_one is None or next_one.window.error > INSTANT or next_one.window.middle >= attempt.eta:
                break
            score = next_one.window.middle
            coming.append(score)
        return coming


def _names(workers: Sequence[str]) -> str:
    """`w1 w2×3`."""
    copies = Counter(names.worker(each) for each in workers)
    return " ".join(name if n == 1 else f"{name}×{n}" for name, n in sorted(copies.items()))


def _forecast(attempt: Attempt, runs: RunCount | None) -> Piece:
    """`will run 6×`, `will run 5–6×`; what is known where there is no ETA."""
    if runs is None:
        done = len(attempt.executions)
        if done and all(run.ended is not None for run in attempt.executions):
            # Lost, and what stands in unacked brings it back.
            return f"ran {done}×, waits", "warn"
        if done:
            return f"running, {done}×", "bad" if done > 1 else "good"
        copies = len(attempt.held)
        return f"will run {copies}×" if copies else "waits", "bad" if copies > 1 else "text"
    many = f"≥{runs.least:,}" if runs.endless else f"{runs.most}"
    if not runs.endless and runs.least != runs.most:
        many = f"{runs.least}–{runs.most}"
    if runs.ground != "known":
        return f"will run {many}×?", "bad" if runs.most > 1 or runs.endless else "text"
    return f"will run {many}×", "bad" if runs.most > 1 or runs.endless else "good"

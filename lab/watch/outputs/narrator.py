"""The narrator: tells what happened, one line for each delivery and each execution, soon after it."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Generic, TypeVar

from lab.watch.model.accounts.account import Account, Attempt, Delivery, Execution
from lab.watch.model.model import Model
from lab.watch.outputs.plurals import plural
from lab.watch.outputs.untrusted_text import LONGEST_LINE, clean

_Mark = TypeVar("_Mark")

COMPLETE_WITHIN = 0.3
"""Seconds after a delivery or a run was first heard of in which facts may still say something else of it: two
workers and two sources are some milliseconds apart, a busy machine stretches that."""

REMEMBERED = 50_000
"""Messages of which is known what was told, the latest: more than a ledger keeps accounts of."""


@dataclass(frozen=True, slots=True)
class NarratedLine:
    """One thing that happened. `kind` is sent, delivery, redelivery, execution, duplicate, recovery or
    summary; every delivery and every execution is told once, under the kind that says most of it. `text` and
    `data` hold what came from the broker as it came; either form of the line is safe to print."""

    kind: str
    at: float
    text: str
    data: dict[str, Any]

    def as_json(self) -> str:
        return json.dumps({"kind": self.kind, "at": round(self.at, 6), **self.data})

    def as_text(self) -> str:
        return clean(f"{_clock(self.at, milliseconds=True)}  {self.kind:<11}  {self.text}", LONGEST_LINE)


@dataclass(slots=True)
class _Told(Generic[_Mark]):
    """What was told, by what marks it, and what waits to be told: since when."""

    marks: set[_Mark] = field(default_factory=set)
    waiting: dict[_Mark, float] = field(default_factory=dict)

    def take(self, marks: Iterable[_Mark], before: float, after: float) -> list[_Mark]:
        """Which of all these marks are to be told now, as `Narrator.tell` understands the times."""
        there = list(marks)
        # As many as there are more than were told: a late fact may correct the time, and so the mark, of one
        # that was told already.
        more = len(there) - len(self.marks)
        untold = [mark for mark in there if mark not in self.marks][-more:] if more > 0 else []
        ready: list[_Mark] = []
        waiting: dict[_Mark, float] = {}
        for mark in untold:
            since = self.waiting.get(mark)
            waited = before - (after if since is None else since)
            # Less than no time: the clock was set back.
            if waited >= COMPLETE_WITHIN or (since is not None and waited < 0):
                ready.append(mark)
            else:
                waiting[mark] = after if since is None else since
        self.marks, self.waiting = set(there) - waiting.keys(), waiting
        return ready


@dataclass(slots=True)
class _ToldAttempt:
    """What was told of one attempt."""

    sent: bool = False
    deliveries: _Told[float] = field(default_factory=_Told)
    executions: _Told[tuple[str, int, float]] = field(default_factory=_Told)

    @property
    def waits(self) -> bool:
        return bool(self.deliveries.waiting or self.executions.waiting)


class Narrator:
    """Remembers what it told, so that an account drawn up anew is not told again.

    The facts of one instant come within some milliseconds, in any order: of two runs the one that is heard of
    first may be the second. So a delivery or a run waits until what was said of its instant can be complete,
    and is then told as what it is.
    """

    def __init__(self) -> None:
        self._told: OrderedDict[str, dict[int, _ToldAttempt]] = OrderedDict()
        self._waiting: dict[str, Account] = {}
        """Accounts of which something waits: those that changed in the last moment."""

    def tell(
        self, accounts: Iterable[Account], before: float = inf, after: float = 0.0
    ) -> list[NarratedLine]:
        """The lines that these accounts add to what was told, in the order of time.

        `before` and `after` are the watched time around the look that brought the accounts; without them
        nothing waits any longer.
        """
        lines: list[NarratedLine] = []
        changed = {**self._waiting, **{account.id: account for account in accounts}}
        self._waiting.clear()
        for account in changed.values():
            told = self._told.setdefault(account.id, {})
            self._told.move_to_end(account.id)
            for attempt in account.attempts:
                known = told.setdefault(attempt.retries, _ToldAttempt())
                lines += _attempt(attempt, known, before, after)
                if known.waits:
                    self._waiting[account.id] = account
        while len(self._told) > REMEMBERED:
            forgotten, _ = self._told.popitem(last=False)
            self._waiting.pop(forgotten, None)
        return sorted(lines, key=lambda line: line.at)


def _attempt(attempt: Attempt, told: _ToldAttempt, before: float, after: float) -> Iterator[NarratedLine]:
    if attempt.sent is not None and not told.sent:
        told.sent = True
        due = f", due {_clock(attempt.eta)}" if attempt.eta else ""
        yield _line("sent", attempt, attempt.sent, due, eta=attempt.eta)
    deliveries = {delivery.at: (n, delivery) for n, delivery in enumerate(attempt.deliveries, 1)}
    for at in told.deliveries.take(deliveries, before, after):
        n, delivery = deliveries[at]
        yield _delivery(attempt, delivery, n)
    executions = {(run.worker, run.pid, run.started): run for run in attempt.executions}
    for mark in told.executions.take(executions, before, after):
        yield _execution(attempt, executions[mark])


def summary(model: Model, at: float) -> NarratedLine:
    """The last line: the counts, and why they may be incomplete; the visibility timeout and how it is known;
    what could not be looked at; how often the forecast was right."""
    counts, doubts = model.ledger.counts, model.ledger.doubts
    hidden, record = model.forecast.hidden(at), model.track_record
    text = " · ".join(
        (
            plural(counts.messages, "message"),
            plural(counts.deliveries, "delivery", "deliveries"),
            plural(counts.executions, "execution"),
            plural(counts.duplicates, "duplicate"),
        )
    )
    if doubts:
        text += f" (incomplete: {'; '.join(doubts)})"
    known = {
        "visibility_timeout": {
            "seconds": hidden.timeout.value,
            "ground": hidden.timeout.ground,
            "said_by": hidden.said,
            "workers": hidden.workers,
        },
        "forecasts": {"right": record.right, "judged": record.judged},
        "unknown": model.ledger.unknown,
    }
    return NarratedLine("summary", at, text, {**counts.as_dict(), "incomplete": doubts, **known})


def _delivery(attempt: Attempt, delivery: Delivery, n: int) -> NarratedLine:
    holder = delivery.worker or "?"
    kind = "delivery" if n == 1 else "redelivery"
    how = "" if n == 1 else ", handed back" if delivery.cause == "requeue" else ""
    text = f" to {holder}" + (f", delivery {n}{how}" if n > 1 else "")
    return _line(kind, attempt, delivery.at, text, worker=holder, n=n, cause=delivery.cause)


def _execution(attempt: Attempt, run: Execution) -> NarratedLine:
    kind = run.verdict if run.verdict in ("duplicate", "recovery") else "execution"
    after = f", {run.after * 1000:,.0f} ms after the first on {run.first_worker}" if run.number > 1 else ""
    doubt = "" if run.certain else " (uncertain)"
    text = f" on {run.worker}, run {run.number}{after}" + (f": {run.why}{doubt}" if run.number > 1 else "")
    return _line(
        kind,
        attempt,
        run.started,
        text,
        worker=run.worker,
        n=run.number,
        verdict=run.verdict,
        why=run.why,
        after=round(run.after, 6),
        certain=run.certain,
    )


def _line(kind: str, attempt: Attempt, at: float, text: str, **data: Any) -> NarratedLine:
    shown = f"{attempt.task} {attempt.args}  {attempt.id[:8]}"
    shown += f" retry {attempt.retries}" if attempt.retries else ""
    known = {"id": attempt.id, "retries": attempt.retries, "task": attempt.task, "args": attempt.args}
    return NarratedLine(kind, at, f"{shown}{text}", known | data)


def _clock(at: float, *, milliseconds: bool = False) -> str:
    try:
        when = datetime.fromtimestamp(at)
        return when.strftime("%H:%M:%S.%f")[:-3] if milliseconds else when.strftime("%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "?"

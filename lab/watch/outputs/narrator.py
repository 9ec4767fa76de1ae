"""The narrator: tells what happened, one line for each delivery and each execution as it comes to light."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from lab.watch.model.accounts.account import Account, Attempt, Delivery, Execution
from lab.watch.model.ledger import Ledger
from lab.watch.outputs.text import LONGEST_LINE, clean
from lab.watch.outputs.words import plural

_Mark = TypeVar("_Mark")

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
class _Told:
    """What was told of one attempt: its sending, and each delivery and execution by what marks it."""

    sent: bool = False
    deliveries: set[float] = field(default_factory=set)
    executions: set[tuple[str, int, float]] = field(default_factory=set)


class Narrator:
    """Remembers what it told, so that an account drawn up anew is not told again."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, dict[int, _Told]] = OrderedDict()

    def tell(self, accounts: Iterable[Account]) -> Iterator[NarratedLine]:
        """The lines that these accounts add to what was told before, in the order of time."""
        lines: list[NarratedLine] = []
        for account in accounts:
            told = self._told.setdefault(account.id, {})
            self._told.move_to_end(account.id)
            for attempt in account.attempts:
                lines += _attempt(attempt, told.setdefault(attempt.retries, _Told()))
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        yield from sorted(lines, key=lambda line: line.at)


def _attempt(attempt: Attempt, told: _Told) -> Iterator[NarratedLine]:
    if attempt.sent is not None and not told.sent:
        told.sent = True
        due = f", due {_clock(attempt.eta)}" if attempt.eta else ""
        yield _line("sent", attempt, attempt.sent, due, eta=attempt.eta)
    deliveries = {delivery.at: (n, delivery) for n, delivery in enumerate(attempt.deliveries, 1)}
    for at in _new(deliveries, told.deliveries):
        n, delivery = deliveries[at]
        yield _delivery(attempt, delivery, n)
    told.deliveries = set(deliveries)
    executions = {(run.worker, run.pid, run.started): run for run in attempt.executions}
    for mark in _new(executions, told.executions):
        yield _execution(attempt, executions[mark])
    told.executions = set(executions)


def _new(now: Mapping[_Mark, object], told: set[_Mark]) -> list[_Mark]:
    """What is to be told: as many as there are more than before, since a late fact may correct the time of
    one that was told already."""
    more = len(now) - len(told)
    return [mark for mark in now if mark not in told][-more:] if more > 0 else []


def summary(ledger: Ledger, at: float) -> NarratedLine:
    """The last line: the counts, and why they may be incomplete."""
    counts = ledger.counts
    doubts = ledger.doubts
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
    return NarratedLine("summary", at, text, {**counts.as_dict(), "incomplete": doubts})


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

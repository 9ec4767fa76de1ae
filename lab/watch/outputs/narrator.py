"""The narrator: tells what happened, one line for each delivery and each execution, soon after it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Generic, TypeVar

from lab.watch.model.accounts.account import Account, Attempt, Outcome, Verdict
from lab.watch.outputs.lines import (
    NarratedLine,
    correction_line,
    delivery_line,
    execution_line,
    outcome_line,
    sent_line,
)

_Mark = TypeVar("_Mark")
_RunMark = tuple[str, int, float]
"""Worker, pid and start of an execution."""

COMPLETE_WITHIN = 0.3
"""Seconds after a delivery or a run was first heard of in which facts may still say something else of it: two
workers and two sources are some milliseconds apart, a busy machine stretches that."""

REMEMBERED = 50_000
"""Messages of which is known what was told, the latest: more than a ledger keeps accounts of."""


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
    executions: _Told[_RunMark] = field(default_factory=_Told)
    verdicts: dict[_RunMark, Verdict] = field(default_factory=dict)
    """What was said of each execution."""
    outcomes: _Told[Outcome] = field(default_factory=_Told)
    outcome: Outcome | None = None
    """The outcome that was said last."""

    @property
    def waits(self) -> bool:
        return bool(self.deliveries.waiting or self.executions.waiting or self.outcomes.waiting)


class Narrator:
    """Remembers what it told, so that an account drawn up anew is not told again.

    The facts of one instant come within some milliseconds, in any order: of two runs the one that is heard of
    first may be the second. So a delivery or a run waits until what was said of its instant can be complete,
    and is then told as what it is.
    """

    def __init__(self) -> None:
        self._told: OrderedDict[str, dict[tuple[int, int], _ToldAttempt]] = OrderedDict()
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
                known = told.setdefault((attempt.retries, attempt.publication), _ToldAttempt())
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
        yield sent_line(attempt, attempt.sent)
    deliveries = {delivery.at: (n, delivery) for n, delivery in enumerate(attempt.deliveries, 1)}
    for at in told.deliveries.take(deliveries, before, after):
        n, delivery = deliveries[at]
        yield delivery_line(attempt, delivery, n)
    executions = {(run.worker, run.pid, run.started): run for run in attempt.executions}
    for mark, said in told.verdicts.items():
        if (run := executions.get(mark)) is not None and run.verdict != said:
            told.verdicts[mark] = run.verdict
            yield correction_line(attempt, run, said)
    for mark in told.executions.take(executions, before, after):
        told.verdicts[mark] = executions[mark].verdict
        yield execution_line(attempt, executions[mark])
    outcome = attempt.outcome
    told.outcomes.marks.discard(outcome)
    over = attempt.settled and outcome != told.outcome
    for final in told.outcomes.take((outcome,) if over else (), before, after):
        yield outcome_line(attempt, final, told.outcome)
        told.outcome = final

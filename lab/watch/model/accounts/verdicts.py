"""The judge: which run of an attempt is a duplicate, and why, from the fate of the runs before it."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from lab.watch.model.accounts.account import SCORE_ROUNDING, Attempt, Execution


def judge(attempt: Attempt, *, retried: bool) -> None:
    """Give every run of an attempt its number and verdict, from the fate of the runs before it.

    `retried`: the message is known to have had other attempts.
    """
    runs = attempt.executions
    if any(later.started < run.started for run, later in pairwise(runs)):
        # Facts come in time order; only a start that was inferred from its end stands too late.
        runs.sort(key=lambda run: (run.started, run.worker, run.pid))
    first = runs[0]
    first.number, first.verdict, first.certain, first.why = 1, "first", first.paired, "the first run"
    if attempt.earlier and (attempt.eta is None or attempt.eta <= attempt.born):
        # It was due before the watch began, and may have run by then.
        first.certain, first.why = False, "the first run that was seen"
    standing: list[Execution] = []
    """Of the runs before that nobody took away, the last to end: with a delivery seen, and without."""
    taken: list[Execution] = []
    over = False
    for number, run in enumerate(runs, 1):
        if number > 1:
            run.number, run.after, run.first_worker = number, run.started - first.started, first.worker
            _judge(run, standing, taken, over=over and not retried)
        if run.outcome in ("lost", "requeued"):
            taken.append(run)
        else:
            over = over or (run.outcome in ("succeeded", "failed") and run.paired)
            alike = next((n for n, other in enumerate(standing) if _seen(other) == _seen(run)), None)
            if alike is None:
                standing.append(run)
            elif _end_of(run) > _end_of(standing[alike]):
                standing[alike] = run


def _judge(run: Execution, standing: list[Execution], taken: list[Execution], *, over: bool) -> None:
    """The verdict on a run after the first; `over`: one before it is known to have ended for good."""
    living = [*standing, *(other for other in taken if _end_of(other) > run.started + SCORE_ROUNDING)]
    run.certain = run.paired
    if living and any(_seen(run) and _seen(other) for other in living):
        run.verdict = "duplicate"
    elif living:
        # Of one of them the delivery was not seen. If retries are about, it may be another attempt's.
        run.verdict, run.certain = "duplicate" if over else "unclear", False
    elif lost := next((other for other in reversed(taken) if other.outcome == "lost"), None):
        run.verdict, run.certain = "recovery", run.paired and lost.paired
        run.why = f"the run on {lost.worker or 'a worker'} was lost: {lost.fate}"
    else:
        run.verdict, run.why = "requeue", "the run before was handed back"
    run.concurrent = any(_end_of(other) > run.started for other in living)
    if run.verdict == "unclear":
        run.why = "too little was seen of the runs before it"
    elif run.verdict == "duplicate":
        run.why = "while another run was still going" if run.concurrent else "after another run had ended"


def _seen(run: Execution) -> bool:
    return run.delivery is not None


def _end_of(run: Execution) -> float:
    return run.ended if run.ended is not None else inf

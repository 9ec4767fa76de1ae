"""The judge: which run of an attempt is a duplicate, and why, from the fate of the runs before it.

Each verdict says what would make it wrong: an event that was lost, a clock, an id that somebody used again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf

from lab.watch.model.accounts.account import SCORE_ROUNDING, Attempt, Execution
from lab.watch.model.life import SKEWED

FINISHED = ("succeeded", "failed", "timed out")
"""Outcomes after which Celery is done with a message."""

NO_SKEWS: Mapping[str, float] = {}

UNTOLD = frozenset({"dropped", "unknown"})
"""Outcomes of runs that may have done nothing."""

ID_AGAIN = "its id was used for another sending"


def judge(attempts: Sequence[Attempt], *, retried: bool, skews: Mapping[str, float] = NO_SKEWS) -> None:
    """Give every run of a message its number and verdict. `attempts` are in order of retries and publication.

    `retried`: the message is known to have had other attempts. `skews` are the seconds by which the clocks of
    workers are ahead, of those that are: between clocks nothing is certain.
    """
    for group, sure in _groups(attempts):
        runs = [run for attempt in group for run in attempt.executions]
        if not runs:
            continue
        starts = [run.started for run in runs]
        if starts != sorted(starts):
            # Facts come in time order; only a start that was inferred from its end stands too late.
            runs.sort(key=lambda run: (run.started, run.worker, run.pid))
            for attempt in group:
                attempt.executions.sort(key=lambda run: (run.started, run.worker, run.pid))
        same = sure and (bool(group[0].tag) or group[0].eta is not None or len(group) > 1)
        if len(attempts) > len(group) and _has_twin(group[0], attempts):
            same = False
        _judge_all(runs, group[0], retried=retried, same=same)
        if skews and len({skews.get(run.worker, 0.0) for run in runs}) > 1:
            for run in runs[1:]:
                run.certain, run.unless = False, "the clocks of its workers mislead"


def _has_twin(attempt: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Whether another publication is so much like it that their runs may be mistaken for each other's."""
    mine = attempt.retries, attempt.task, attempt.args, attempt.eta
    return any(
        mine == (each.retries, each.task, each.args, each.eta) for each in attempts if each is not attempt
    )


def _groups(attempts: Sequence[Attempt]) -> Iterable[tuple[Sequence[Attempt], bool]]:
    """What is to run once in all, and whether that is sure: a publication. But of an attempt that ran more
    than once each run may have published the same retry, and these are one attempt of the message. Where an
    id was used for several sendings, as many of its retries are to run, and which of them is open."""
    if len(attempts) == 1:
        return ((attempts, True),)
    groups: list[list[Attempt]] = []
    sure: list[bool] = []
    repeated, further, open_ = False, 0, False
    for attempt in attempts:
        group = groups[-1] if groups else []
        if group and group[0].retries == attempt.retries and repeated:
            if not further:
                group.append(attempt)
                continue
            further -= 1
        elif group and group[0].retries != attempt.retries:
            before = [each for each in groups if each[0].retries == group[0].retries]
            runs = [[run.outcome for each in alike for run in each.executions] for alike in before]
            repeated = any(len(each) > 1 for each in runs)
            further = max(0, sum("retried" in each for each in runs) - 1)
            open_ = repeated and further > 0
        groups.append([attempt])
        sure.append(not open_)
    return zip(groups, sure, strict=True)


def _judge_all(runs: list[Execution], attempt: Attempt, *, retried: bool, same: bool) -> None:
    first = runs[0]
    first.number, first.verdict, first.certain = 1, "first", first.paired
    first.after, first.why, first.unless = 0.0, "the first run", ""
    if attempt.earlier and (attempt.eta is None or attempt.eta <= attempt.born):
        # It was due before the watch began, and may have run by then.
        first.certain, first.why = False, "the first run that was seen"
        first.unless = "it ran before the watch began"
    if len(runs) == 1:
        # Most messages run once.
        return
    standing: list[Execution] = []
    """Of the runs before that nobody took away, the last to end: with a delivery seen, and without."""
    taken: list[Execution] = []
    """Of those that somebody took away, the ones that had not ended when this one began."""
    lost: Execution | None = None
    """The last of them that was lost or cut off."""
    over = False
    for number, run in enumerate(runs, 1):
        if number > 1:
            taken = [other for other in taken if _end_of(other) > run.started]
            run.number, run.after, run.first_worker = number, run.started - first.started, first.worker
            _judge(run, standing, taken, lost, over=over and not retried, same=same)
        if run.made_way:
            taken.append(run)
            if run.outcome in ("lost", "cancelled"):
                lost = run
        else:
            over = over or (run.outcome in FINISHED and run.paired)
            seen = run.delivery is not None
            for n, other in enumerate(standing):
                if (other.delivery is not None) == seen:
                    if _end_of(run) > _end_of(other):
                        standing[n] = run
                    break
            else:
                standing.append(run)


def _judge(
    run: Execution,
    standing: list[Execution],
    taken: list[Execution],
    lost: Execution | None,
    *,
    over: bool,
    same: bool,
) -> None:
    """The verdict on a run after the first; `over`: one before it is known to have ended for good; `same`:
    it is surely the same publication."""
    living = standing
    if taken:
        living = standing + [other for other in taken if _end_of(other) > run.started + SCORE_ROUNDING]
    run.certain = run.paired and same
    run.unless = "" if same else ID_AGAIN
    if living and not standing and all(_end_of(other) < run.started + SKEWED for other in living):
        run.certain, run.unless = False, "their clocks differ a little"
    if run.delivery is not None and any(other.delivery is not None for other in living):
        run.verdict = "duplicate"
    elif living:
        # Of one of them the delivery was not seen. If retries are about, it may be another attempt's.
        run.verdict, run.certain = "duplicate" if over else "unclear", False
        run.unless = "it was another attempt's"
    elif lost is not None:
        run.verdict, run.certain = "recovery", run.paired and lost.paired
        what = "was cut off" if lost.outcome == "cancelled" else "was lost"
        run.why = f"the run on {lost.worker or 'a worker'} {what}: {lost.fate}"
        run.unless = f"{lost.worker or 'that worker'} still ran it"
    else:
        run.verdict, run.certain = "requeue", run.paired
        run.why, run.unless = "the run before was handed back", ""
    run.concurrent = any(_end_of(other) > run.started for other in living)
    if not living and any(_end_of(other) > run.started for other in taken):
        run.certain, run.unless = False, "the two overlapped"
    if run.verdict == "unclear":
        run.why = "too little was seen of the runs before it"
    elif run.verdict == "duplicate":
        _why_duplicate(run, living)


def _why_duplicate(run: Execution, living: list[Execution]) -> None:
    run.why = "while another run was still going" if run.concurrent else "after another run had ended"
    if run.delivery is not None and run.delivery.cause == "rollback":
        run.why += ": the broker went back in time"
    if UNTOLD.issuperset([other.outcome for other in living]):
        # Such a run may have done nothing, as one does that a lock stops, or have died with its worker.
        run.verdict, run.certain, run.unless = "unclear", False, "the run before it did its work"
        run.why = (
            f"the run on {living[-1].worker or 'a worker'} before it: {living[-1].fate or 'no end is known'}"
        )
    elif run.outcome == "dropped":
        run.verdict, run.certain, run.unless = "unclear", False, "it did its work"
        run.why = "it ended without a word, beside another run"
    elif not run.unless and run.concurrent:
        run.unless = "the run before had died unseen"
        if going := [other for other in living if other.fate and other.ended is None]:
            run.certain, run.unless = False, f"the run before was cut off: {going[-1].fate}"


def _end_of(run: Execution) -> float:
    return run.ended if run.ended is not None else inf

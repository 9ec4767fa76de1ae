"""The endings: what the fate of its worker, or what followed, makes of a copy or a run; and what caused each
delivery.

Pure functions over what a projection holds. They know the lives of the workers, and no facts of the message.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from lab.watch.model.accounts.account import ACKNOWLEDGED, Attempt, Delivery, Execution
from lab.watch.model.accounts.matching import Matching
from lab.watch.model.accounts.publications import MATCH
from lab.watch.model.life import OFFLINE, Ending, Life
from lab.watch.model.lives import SILENCE, Lives
from lab.watch.model.sight import Sight

CUT_OFF = "its worker lost its connection meanwhile"


def end_with_workers(matching: Matching, attempts: Sequence[Attempt], lives: Lives, sight: Sight) -> bool:
    """End what ended with its process, or its process's connection, or without a word. False if there was
    nothing to end.

    What was ended so may prove alive by a later fact: then all is to be matched anew.
    """
    ended = False
    for (worker, pid), copies in matching.holding.items():
        life, ending = lives.life(worker, pid), lives.ending(worker, pid)
        if life and (ending or life.offlines or len(life.onlines) > 1):
            for _, delivery in copies:
                ended = _end_copy(delivery, life, ending) or ended
    for attempt, delivery in matching.nameless:
        if attempt.left is not None and attempt.left > delivery.at:
            if attempt.data_lost is not None:
                # It was not acknowledged; a worker that has it may run it all the same, and says so then.
                delivery.state, delivery.until = "dropped", attempt.left
                ended = True
                continue
            # Nobody named its holder, so nobody can say that it ran: once the message was acknowledged
            # nothing more is known of this copy.
            delivery.state, delivery.until = "unseen", attempt.left
            matching.doubt("a copy of which no event tells whether it ran")
            ended = True
    for (worker, pid), runs in matching.running.items():
        life, ending = lives.life(worker, pid), lives.ending(worker, pid)
        for run in runs:
            successors = matching.publications.successors(run)
            successor = min(successors, default=None)
            if life:
                attempt = matching.publications.of(run)
                ended = _end_run(run, attempt, life, ending, sight, successor) or ended
            elif successor is not None:
                _replace(run, successor)
                ended = True
            if run.outcome == "replaced" and not _surely_replaced(matching, run):
                run.outcome, run.fate, run.paired = "unknown", "it may have replaced itself", False
    if ended or _any_cancelled(attempts):
        for attempt in attempts:
            attempt.indexed = sight.read_index(attempt.born, attempt.born + MATCH)
    return ended


def _any_cancelled(attempts: Sequence[Attempt]) -> bool:
    return any("cancelled" in [run.outcome for run in attempt.executions] for attempt in attempts)


def _surely_replaced(matching: Matching, run: Execution) -> bool:
    """Whether it was this run that replaced itself: as many followed as runs of its task go, and these are of
    one sending."""
    publications = matching.publications
    successors, task = publications.successors(run), publications.of(run).task
    going = [each for runs in matching.running.values() for each in runs]
    alike = [each for each in going if publications.of(each).task == task and publications.successors(each)]
    return len(alike) <= len(successors) and len({each.publication for each in alike}) == 1


def _end_copy(delivery: Delivery, life: Life, ending: Ending | None) -> bool:
    """A copy ends with its process, and also when that loses its connection. False if it is still held."""
    ends = [at for at in (ending.at if ending else None, life.cut(delivery.at)) if at is not None]
    if not ends:
        return False
    delivery.state, delivery.until = "dropped", max(min(ends), delivery.at)
    return True


def _end_run(
    run: Execution,
    attempt: Attempt,
    life: Life,
    ending: Ending | None,
    sight: Sight,
    successor: float | None,
) -> bool:
    """A run ends with its process; or it ended without a word, if its worker says that nothing runs there, or
    if another task was sent under its id: what came first ended it."""
    again = life.reborn(run.started)
    took = Ending(again, "its process was started anew") if again is not None else ending
    idle = life.idle_after(run.started)
    first = min((at for at in (took.at if took else None, idle, successor) if at is not None), default=None)
    if first is None:
        if life.cut(run.started) is not None and _acknowledged_late(run, attempt):
            # Such a run is cut off where its app is set so, of which no event tells.
            run.fate = CUT_OFF
        return False
    if first == successor:
        _replace(run, first)
    elif first == idle:
        _end_unsaid(run, attempt, first, life, sight)
    elif took is not None:
        run.ended, run.fate = max(took.at, run.started), took.why
        run.paired = run.paired and took.certain
        cut = life.cut(run.started)
        survived = again is None and cut is not None and life.back(cut, took.at)
        if survived and not life.counts_runs_across_connections:
            # It may have ended since, of which no event tells.
            run.outcome, run.fate = "unknown", CUT_OFF
        elif not took.certain and sight.restarted(took.at, took.at + SILENCE):
            # It could not be heard, and may have run on without a broker.
            run.outcome, run.fate = "unknown", f"{took.why} when the broker was restarted"
        else:
            # A worker that went offline in order lets its runs come to their end (warm shutdown).
            run.outcome = "unknown" if took.why == OFFLINE else "lost"
    return True


def _replace(run: Execution, successor: float) -> None:
    run.ended, run.outcome, run.fate = successor, "replaced", "it replaced itself by another task"


def _end_unsaid(run: Execution, attempt: Attempt, idle: float, life: Life, sight: Sight) -> None:
    """Its worker says that nothing runs there, and nothing was heard of its end."""
    run.ended = idle
    cut = life.cut(run.started)
    deaf = sight.deaf(run.started, idle)
    if cut is not None and cut <= idle:
        run.paired = False
        surely = life.counts_runs_across_connections and life.back(cut, idle) and not deaf
        if surely and _acknowledged_late(run, attempt):
            # `worker_cancel_long_running_tasks_on_connection_loss`.
            run.ended = cut
            run.outcome, run.fate = "cancelled", "its worker lost its connection, and came back without it"
        else:
            run.outcome, run.fate = "unknown", CUT_OFF
    elif deaf:
        run.outcome, run.fate, run.paired = "unknown", "its end was not heard", False
    else:
        # `Ignore`: it is acknowledged, and no event tells of it (`Request.on_failure`).
        run.outcome, run.fate = "dropped", "it ended without a word, as a run does that is to be ignored"


def _acknowledged_late(run: Execution, attempt: Attempt) -> bool:
    """Whether its message stood in `unacked` while it ran."""
    return bool(attempt.tag) and (attempt.left is None or attempt.left > run.started + ACKNOWLEDGED)


def find_causes(
    attempt: Attempt, returns: Sequence[float], lives: Lives, sight: Sight, hidden: float | None
) -> None:
    """A redelivery follows a sweep, a requeue somebody who handed the message back, at one of `returns`.

    A shutdown and a lost connection restore whatever the worker had popped, also an entry that another
    worker holds by now (`kombu.transport.virtual.base:QoS.restore_unacked_once`). `hidden` is the smallest
    visibility timeout in seconds, where it is known: sooner than that no sweep redelivers. A broker that came
    back with an older state hands out again what was in its queue then; what it lost with its connections it
    did not hand back.
    """
    offline = _handed_back(attempt, lives)
    cut: list[float] | None = None
    soon = hidden - MATCH / 2 if hidden is not None else 0.0
    before = attempt.deliveries[0]
    for delivery in attempt.deliveries[1:]:
        gap = delivery.at - before.since
        if lives.skewed:
            # Each was stamped by its own worker's clock.
            gap += lives.skew(before.worker) - lives.skew(delivery.worker)
        until = delivery.at + MATCH
        if _any_between(returns, before.at, until):
            delivery.cause = "requeue"
        elif sight.restarts and sight.restarted(before.at, until):
            delivery.cause = "rollback" if gap < soon or hidden is None else "redelivery"
        else:
            back = gap < soon or _any_between(offline, before.at, until)
            delivery.cause = "requeue" if back else "redelivery"
            if gap < soon:
                cut = _cut_off(attempt, lives) if cut is None else cut
                delivery.early = None if _any_between(cut, before.at, until) else gap
        before = delivery


def _cut_off(attempt: Attempt, lives: Lives) -> list[float]:
    """When holders of it lost their connection or went offline, whatever they held then."""
    found = ((lives.life(each.worker, each.pid), each.at) for each in attempt.deliveries)
    return sorted(at for at in (life.cut(since) for life, since in found if life) if at is not None)


def _any_between(times: Sequence[float], after: float, until: float) -> bool:
    """Whether one of these times, which are in order, lies in between."""
    # Hardly ever was anything handed back: do not look for it in nothing.
    if not times:
        return False
    i = bisect_right(times, after)
    return i < len(times) and times[i] <= until


def _handed_back(attempt: Attempt, lives: Lives) -> list[float]:
    """When holders of it went offline, which restores what they had popped."""
    times = []
    for delivery in attempt.deliveries:
        life = lives.life(delivery.worker, delivery.pid)
        if life and life.offlines:
            back = life.handed_back(delivery.at)
            if back is not None and not _runs_on(attempt, delivery, life, back):
                times.append(back)
    return sorted(times)


def _runs_on(attempt: Attempt, delivery: Delivery, life: Life, offline: float) -> bool:
    """Whether a copy runs on while its worker goes down in order: it says so first, and acknowledges the
    message in the end (celery 5.3 to 5.7). One that lost its connection comes online again."""
    if life.onlines and life.onlines[-1][0] > offline:
        return False
    return any(
        run.delivery is delivery and (run.ended is None or run.ended > offline) for run in attempt.executions
    )

"""Conditions: what a step can wait for. Each is a function of the bench."""

from __future__ import annotations

from collections.abc import Callable

from lab.scenarios.bench import Bench

Condition = Callable[[Bench], bool]

QUIET = 1.5
"""Seconds that nothing may stir before a scenario counts as over: longer than a sweep and a pop."""


def up(bench: Bench) -> bool:
    """The broker is watched, and every worker that the setup starts with says that it is ready."""
    feeds = bench.model.ledger.feeds
    watched = all(source in feeds and feeds[source].up for source in ("keys", "events"))
    return watched and all(bench.ready(spec.name) for spec in bench.setup.workers)


def received(bench: Bench) -> bool:
    """A worker has taken the first task."""
    return bench.holder() is not None


def running(bench: Bench) -> bool:
    """A task's code runs."""
    return bool(bench.running())


def began(n: int) -> Condition:
    """At least `n` executions have begun."""
    return lambda bench: len(bench.truth.runs) >= n


def ended(n: int = 1) -> Condition:
    """At least `n` executions have ended well."""
    return lambda bench: sum(run.ended is not None for run in bench.truth.runs) >= n


def unacked(n: int) -> Condition:
    """At least `n` messages stand in `unacked`."""
    return lambda bench: bench.model.ledger.totals.unacked >= n


def taken(bench: Bench) -> bool:
    """What was sent stands in no queue any more, and not in `unacked` either."""
    totals = bench.model.ledger.totals
    return totals.at > bench.posted[-1].sent + 0.5 and not totals.queued and not totals.unacked


def ran(n: int) -> Condition:
    """The task that was sent as number `n` (-1: last) has begun."""
    return lambda bench: any(run.id == bench.posted[n].id for run in bench.truth.runs)


def left(name: str) -> Condition:
    """A worker has ended."""
    return lambda bench: any(one.name == name for one in bench.exits)


def redelivered(bench: Bench) -> bool:
    """Some message was taken a second time."""
    return any(len(attempt.deliveries) > 1 for attempt in bench.model.ledger.attempts())


def moved(bench: Bench) -> bool:
    """Some message was taken by one worker, and then by another."""
    attempts = bench.model.ledger.attempts()
    return any(len({d.worker for d in attempt.deliveries if d.worker}) > 1 for attempt in attempts)


def silent(bench: Bench) -> bool:
    """Nothing runs, nothing waits on the broker, no worker holds a copy: for `QUIET` seconds."""
    ledger = bench.model.ledger
    stirring = (
        bench.running()
        or ledger.totals.unacked
        or ledger.totals.queued
        or any(attempt.held for attempt in ledger.attempts())
    )
    if stirring:
        bench.marks.pop("silent", None)
        return False
    return bench.now - bench.marks.setdefault("silent", bench.now) > QUIET


def finished(bench: Bench) -> bool:
    """Every task that was sent has run to its end, and there is nothing left of any."""
    ran = {run.id for run in bench.truth.runs if run.ended is not None}
    return all(posted.id in ran for posted in bench.posted) and silent(bench)

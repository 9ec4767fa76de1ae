"""Conditions: what a step can wait for. Each is a function of the testbed."""

from __future__ import annotations

from collections.abc import Callable

from lab.experiments.testbed import Testbed

Condition = Callable[[Testbed], bool]

QUIET = 1.5
"""Seconds that nothing may stir before a scenario counts as over: longer than a sweep and a pop."""


def up(testbed: Testbed) -> bool:
    """The broker is watched, and every worker that the setup starts with says that it is ready."""
    health = testbed.model.ledger.health
    watched = all(source in health and health[source].up for source in ("keys", "events"))
    return watched and all(testbed.ready(spec.name) for spec in testbed.setup.workers)


def received(testbed: Testbed) -> bool:
    """A worker has taken the first task."""
    return testbed.holder() is not None


def running(testbed: Testbed) -> bool:
    """A task's code runs."""
    return bool(testbed.truth.running(testbed.now))


def began(n: int) -> Condition:
    """At least `n` executions have begun."""
    return lambda testbed: len(testbed.truth.runs) >= n


def ended(n: int = 1) -> Condition:
    """At least `n` executions have come to their end."""
    return lambda testbed: sum(run.finished for run in testbed.truth.runs) >= n


def unacked(n: int) -> Condition:
    """At least `n` messages stand in `unacked`."""
    return lambda testbed: testbed.model.ledger.totals.unacked >= n


def taken(testbed: Testbed) -> bool:
    """What was sent stands in no queue any more, and not in `unacked` either."""
    totals = testbed.model.ledger.totals
    return totals.at > testbed.sent[-1].sent + 0.5 and not totals.queued and not totals.unacked


def ran(n: int) -> Condition:
    """The task that was sent as number `n` (-1: last) has begun."""
    return lambda testbed: any(run.id == testbed.sent[n].id for run in testbed.truth.runs)


def exited(name: str) -> Condition:
    """A worker has ended."""
    return lambda testbed: any(end.name == name for end in testbed.exits)


def redelivered(testbed: Testbed) -> bool:
    """Some message was taken a second time."""
    return any(len(attempt.deliveries) > 1 for attempt in testbed.model.ledger.attempts())


def moved(testbed: Testbed) -> bool:
    """Some message was taken by one worker, and then by another."""
    attempts = testbed.model.ledger.attempts()
    return any(len({d.worker for d in attempt.deliveries if d.worker}) > 1 for attempt in attempts)


def silent(testbed: Testbed) -> bool:
    """Nothing runs, nothing waits on the broker, no worker holds a copy: for `QUIET` seconds."""
    ledger = testbed.model.ledger
    stirring = (
        testbed.truth.running(testbed.now)
        or ledger.totals.unacked
        or ledger.totals.queued
        or any(attempt.held for attempt in ledger.attempts())
    )
    if stirring:
        testbed.silent_since = None
        return False
    if testbed.silent_since is None:
        testbed.silent_since = testbed.now
    return testbed.now - testbed.silent_since > QUIET


def finished(testbed: Testbed) -> bool:
    """Every task that was sent has run to its end, and there is nothing left of any."""
    done = {run.id for run in testbed.truth.runs if run.finished}
    return all(sent.id in done for sent in testbed.sent) and silent(testbed)

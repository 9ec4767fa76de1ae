"""Lives of one message, each with another end, told by hand as workers tell them."""

from __future__ import annotations

from lab.watch import facts
from tests.lab.watch.telling import ZERO, Telling


def taken() -> Telling:
    """A message without an ETA that w1 has taken, on a broker that is read."""
    told = Telling(eta=None).settings(timeout=60).online(-10, "w1").online(-10, "w2")
    told.facts.append(facts.Connected(at=ZERO - 9, seen=ZERO - 9, source="keys"))
    return told.sent(0).payload(0.01).popped(0.01).received(0.02, "w1")


def begun() -> Telling:
    """And runs; it was acknowledged at its start."""
    return taken().started(0.1, "w1").left(0.12)


def begun_late() -> Telling:
    """And runs; it is acknowledged at its end."""
    return taken().started(0.1, "w1")


def succeeded() -> Telling:
    return begun().succeeded(1, "w1", 0.9)


def failed() -> Telling:
    return begun().failed(1, "w1", "ZeroDivisionError('division by zero')")


def killed_child() -> Telling:
    """The worker lives, and gives the message up."""
    return begun_late().failed(1, "w1", "WorkerLostError('signal 9 (SIGKILL)')").left(1.01)


def killed_group() -> Telling:
    """SIGTERM or SIGKILL to worker and children together: nobody tells of the run."""
    return begun().gone(1, "w1")


def fell_silent() -> Telling:
    """Its worker is not heard any more, others are."""
    told = begun().heartbeat(1, "w1", active=1)
    for second in range(2, 40, 2):
        told.heartbeat(second, "w2", active=0)
    return told


def popped_and_never_recorded() -> Telling:
    return Telling(eta=None).settings(timeout=60).online(-10, "w1").sent(0).nowhere(8)


def time_limit() -> Telling:
    """celery 5.7.0 says it twice."""
    told = begun().failed(1, "w1", "TimeLimitExceeded(1)")
    return told.failed(1.01, "w1", "TimeLimitExceeded(1)")


def revoked() -> Telling:
    return taken().revoked(0.1, "w1").left(0.12)


def expired() -> Telling:
    return taken().revoked(0.1, "w1", expired=True).left(0.12)


def rejected() -> Telling:
    return begun_late().rejected(1, "w1", requeue=False).left(1.01)


def ignored() -> Telling:
    """`Ignore` has no event: the worker's heartbeat says that nothing runs there any more."""
    return begun_late().left(1).heartbeat(2, "w1", active=0)


def discarded() -> Telling:
    return taken().failed(0.1, "w1", "NotRegistered('lab.run')").left(0.12)


def retried() -> Telling:
    return begun().retried(1, "w1")


def replaced() -> Telling:
    """By another task under its own id."""
    told = begun()
    told.tag = "tag-2"
    told.facts.append(
        facts.Sent(at=ZERO + 1, seen=ZERO + 1, id=told.id, task="lab.inner", worker="w1", clock=90)
    )
    return told


def unheard() -> Telling:
    """The watch was deaf when it ended."""
    told = begun()
    told.facts.append(facts.Gap(at=ZERO + 3, seen=ZERO + 3, source="events", since=ZERO + 0.5, why="a gap"))
    return told.heartbeat(4, "w1", active=0)


def unseen() -> Telling:
    """Nobody told who took it, and it left."""
    told = Telling(eta=None).settings(timeout=60).sent(0).payload(0.01).popped(0.01)
    return told.left(1)


def behind_a_lock(copies: int = 6) -> Telling:
    """Copies start at one ETA; a lock lets the first one work."""
    told = Telling().settings().online(-1, "w1").sent(0).payload(0.004)
    for n in range(copies):
        told.popped(n * 5.03 + 0.004).received(n * 5.03 + 0.006, "w1")
    told.started(28, "w1")
    for n in range(1, copies):
        told.started(28 + n * 0.3, "w1").dropped(28.01 + n * 0.3, "w1")
    return told.succeeded(30, "w1", 2.0).left(30.01)


def poison(times: int = 4) -> Telling:
    """The time limit kills it each time, and it is handed back each time (`task_acks_on_failure_or_timeout`
    off); the last time it waits in its queue."""
    told = taken()
    for n in range(times):
        at = n * 3.0
        if n:
            told.popped(at + 0.01).received(at + 0.02, "w1")
        told.started(at + 0.1, "w1").failed(at + 1, "w1", "TimeLimitExceeded(1)")
        told.rejected(at + 1.01, "w1", requeue=True).left(at + 1.02)
    return told


def deadly_child(times: int = 4) -> Telling:
    """The child dies each time, with `task_reject_on_worker_lost`: the worker says no more than that it hands
    the message back."""
    told = taken()
    for n in range(times):
        at = n * 3.0
        if n:
            told.popped(at + 0.01).received(at + 0.02, "w1")
        told.started(at + 0.1, "w1").rejected(at + 1, "w1", requeue=True).left(at + 1.02)
    return told


def rolled_back() -> Telling:
    """It ran; then the broker came back with an older state, in which the message still waited."""
    told = begun().succeeded(1, "w1", 0.9)
    told.facts.append(facts.Server(at=ZERO - 5, seen=ZERO - 5, run_id="before"))
    told.facts.append(facts.Server(at=ZERO + 3, seen=ZERO + 3, run_id="after"))
    return told.popped(4).received(4.01, "w2").started(4.1, "w2").left(4.2).succeeded(5, "w2", 0.9)


def sent_twice() -> Telling:
    """One id, used for two sendings, each of which ran."""
    told = succeeded()
    told.tag = "tag-2"
    told.sent(10).payload(10.01).popped(10.01).received(10.02, "w2").started(10.1, "w2").left(10.12)
    return told.succeeded(11, "w2", 0.9)

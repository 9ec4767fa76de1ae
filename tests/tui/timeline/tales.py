"""Messages told by hand, for pictures of what no recording has."""

from __future__ import annotations

from tests.lab.watch.telling import Telling


def taken(told: Telling, workers: str) -> Telling:
    """Taken at once, and again every 5.03 s, by these workers in turn."""
    told.sent(0).payload(0.004)
    for n, worker in enumerate(workers.split()):
        told.popped(n * 5.03 + 0.004).received(n * 5.03 + 0.006, worker)
    return told


def waiting(*, sweeps: bool = True) -> Telling:
    """Due in 30 s and hidden for 5 s, under two workers that sweep every second."""
    told = Telling(eta=30).settings().online(-1.5, "w1").online(-1.0, "w2")
    taken(told, "w1 w2 w2")
    for second in range(13 if sweeps else 0):
        told.connection_swept(7, second - 0.49, second - 0.47, -1.5)
        told.connection_swept(8, second, second + 0.02, -1.0)
    told.facts.sort(key=lambda fact: fact.at)
    return told


def overdue() -> Telling:
    """Its worker was killed; another sweeps every hundred seconds."""
    told = Telling(eta=None).settings(60, 10, 10).online(-1, "w1").online(-50, "w2")
    for sweep in (-50, 50):
        told.connection_swept(8, sweep - 0.02, sweep, -50)
    told.sent(0).payload(0.01).popped(0.01).received(0.02, "w1").started(0.03, "w1").gone(4, "w1")
    told.facts.sort(key=lambda fact: fact.at)
    return told.heartbeat(74, "w2")


def deserted() -> Telling:
    """Its worker was killed, and there is no other."""
    told = Telling(eta=None).settings(60, 10, 10).online(-1, "w1").sent(0).payload(0.01)
    return told.popped(0.01).received(0.02, "w1").started(0.03, "w1").gone(4, "w1")


def six() -> Telling:
    """Six copies that ran within nine milliseconds, each a millisecond or two after the one before."""
    told = taken(Telling(eta=30).settings(), "w1 w2 w2 w1 w2 w1")
    for n, worker in enumerate(["w1", "w2", "w2", "w1", "w2", "w1"]):
        told.started(30 + n * 0.001, worker).succeeded(30.004 + n * 0.001, worker, 0.004)
    return told.left(30.05)


def forty() -> Telling:
    """Due in 202 s and hidden for 5 s: forty copies pile up."""
    told = Telling(eta=202).settings().online(-1.5, "w1").online(-1.0, "w2")
    return taken(told, " ".join(["w1 w2 w2"] * 14).rsplit(" ", 2)[0])


def forty_ran() -> Telling:
    """And all of them run."""
    told = forty()
    for n in range(40):
        worker = "w1" if n % 3 == 0 else "w2"
        told.started(202 + n * 0.001, worker).succeeded(202.0105 + n * 0.001, worker, 0.01)
    return told.left(202.1)

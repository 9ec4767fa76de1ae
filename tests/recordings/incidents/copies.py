"""Incidents of copies: more than one of a message, and what becomes of those that are not to run."""

from __future__ import annotations

from tests.recordings.incidents.ground import FAST, Ground
from tests.recordings.incidents.truth import Truth, Truths


def eta_beyond_timeout(ground: Ground) -> Truths:
    ground.worker("a", "-c", "8", options=FAST)
    ground.send("work", "eta", countdown=22)
    ground.watch(6)
    # Who connects sweeps at once; before kombu 5.7 nothing can be said of sweeps, and no other comes soon.
    ground.worker("b", "-c", "8", options=FAST)
    ground.until(lambda: ground.ends("eta") and not ground.unacked(), 40)
    ground.watch(3)
    runs = ground.starts("eta")
    verdicts = ("first",) + ("duplicate",) * (runs - 1)
    return {
        "eta": Truth(
            "each redelivery armed a copy, and all ran", ("succeeded",) * runs, verdicts, cause="redelivery"
        )
    }


def three_workers(ground: Ground) -> Truths:
    for name in "abc":
        ground.worker(name, "-c", "8", options=FAST)
    ground.send("work", "eta", countdown=13)
    ground.until(lambda: ground.ends("eta") > 1 and not ground.unacked(), 40)
    ground.watch(3)
    runs = ground.starts("eta")
    verdicts = ("first",) + ("duplicate",) * (runs - 1)
    why = "each redelivery armed a copy, and all ran"
    return {"eta": Truth(why, ("succeeded",) * runs, verdicts, cause="redelivery")}


def copies_in_threads(ground: Ground) -> Truths:
    ground.worker("a", "-c", "8", "-P", "threads", options=FAST)
    ground.send("work", "eta", 0.3, countdown=12)
    ground.until(lambda: ground.ends("eta") > 1 and not ground.unacked(), 40)
    ground.watch(3)
    runs = ground.starts("eta")
    verdicts = ("first",) + ("duplicate",) * (runs - 1)
    why = "each redelivery armed a copy, and all ran at once, in one process"
    return {"eta": Truth(why, ("succeeded",) * runs, verdicts, cause="redelivery")}


def longer_than_timeout(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1", options=FAST)
    ground.worker("b", "-c", "1", options=FAST)
    ground.send("late", "long", 8)
    ground.until(lambda: ground.ends("long") == 2 and not ground.unacked(), 40)
    ground.watch(3)
    runs = ground.starts("long")
    verdicts = ("first",) + ("duplicate",) * (runs - 1)
    why = "it was not acknowledged when its timeout was over, and the other worker ran it as well"
    return {"long": Truth(why, ("succeeded",) * runs, verdicts, cause="redelivery")}


def lock(ground: Ground) -> Truths:
    options = {**FAST, "visibility_timeout": 2}
    ground.worker("a", options=options)
    ground.send("locked", "locked", 0.5, countdown=7)
    ground.watch(3)
    ground.worker("b", options=options)
    ground.until(lambda: ground.ends("locked") and not ground.unacked(), 20)
    ground.watch(3)
    copies = ground.received("locked") - 1
    return {"locked": Truth("the lock let one copy run", ("succeeded",), cause="redelivery", stopped=copies)}


def skipped(ground: Ground) -> Truths:
    ground.worker(
        "a", "-c", "1", options=FAST, worker_deduplicate_successful_tasks=True, result_backend=ground.url
    )
    ground.send("late", "long", 8)
    ground.until(lambda: ground.ends("long") and not ground.unacked())
    ground.watch(3)
    copies = ground.received("long") - 1
    return {
        "long": Truth("what waited behind it was skipped", ("succeeded",), cause="redelivery", skipped=copies)
    }


def revoked(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1")
    ended = ground.send("work", "terminated", 30)
    held = ground.send("work", "held", countdown=4)
    ground.send("work", "expired", countdown=4, expires=2)
    ground.until(lambda: ground.starts("terminated") and ground.unacked() == 2)
    from celery import Celery

    with Celery(broker=ground.url) as app:
        app.conf.broker_transport_options = {"ack_emulation": False}
        app.control.revoke(ended, terminate=True)
        app.control.revoke(held)
    ground.until(lambda: not ground.unacked())
    return {
        "terminated": Truth(
            "it was revoked while it ran, with terminate", ("revoked",), becomes=("revoked",)
        ),
        "held": Truth("it was revoked before it was due", becomes=("revoked",)),
        "expired": Truth("it was past its expires when it was due", becomes=("expired",)),
    }


def refused(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1")
    ground.send("late", "first", 4)
    ground.until(lambda: ground.starts("first"))
    ground.send("work", "reserved", expires=2)
    ground.send("late", "terminated", 30)
    from celery import Celery

    with Celery(broker=ground.url) as app:
        app.conf.broker_transport_options = {"ack_emulation": False}
        unborn = "0b7c4a52-5a0d-4f2c-9d63-2f9c3bb2a001"
        app.control.revoke(unborn)
        ground.watch(1)
        ground.send("work", "revoked", task_id=unborn)
        ground.until(lambda: ground.starts("terminated"))
        app.control.revoke(ground.ids["terminated"], terminate=True)
    ground.until(lambda: not ground.unacked() and not ground.queued())
    ground.watch(3)
    return {
        "first": Truth("it ran", ("succeeded",)),
        "reserved": Truth("it was past its expires when there was room", becomes=("expired",)),
        "revoked": Truth("it was revoked before it was sent", becomes=("revoked",)),
        "terminated": Truth(
            "it was revoked while it ran, with terminate", ("revoked",), becomes=("revoked",)
        ),
    }


def prefetched(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1", "--prefetch-multiplier", "4", options=FAST)
    for n in range(5):
        ground.send("work", f"queued{n}", 4)
    ground.until(lambda: all(ground.ends(f"queued{n}") for n in range(5)) and not ground.unacked(), 90)
    ground.watch(8)
    ground.until(lambda: len(ground.notes(what="start")) == len(ground.notes(what="end")), 60)
    why = "it waited behind others beyond the timeout, and each redelivery made another copy"
    truths = {}
    for n in range(5):
        runs = ground.starts(f"queued{n}")
        verdicts = ("first",) + ("duplicate",) * (runs - 1)
        truths[f"queued{n}"] = Truth(why, ("succeeded",) * runs, verdicts, cause="redelivery")
    return truths

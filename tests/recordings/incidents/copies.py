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

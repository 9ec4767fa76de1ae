"""Incidents of workers that are told to stop: SIGTERM, SIGQUIT, and SIGTERM to all of their processes."""

from __future__ import annotations

import signal

from tests.recordings.incidents.deaths import AGAIN
from tests.recordings.incidents.ground import FAST, Ground, signal_group
from tests.recordings.incidents.truth import Truth, Truths


def deploy(ground: Ground) -> Truths:
    old = ground.worker("a", "-c", "1", options=FAST)
    ground.send("late", "long", 9)
    ground.until(lambda: ground.starts("long"))
    old.send_signal(signal.SIGTERM)
    ground.watch(6)
    ground.worker("b", "-c", "1", options=FAST)
    ground.until(lambda: ground.ends("long") == 2 and not ground.unacked(), 40)
    why = "a went on with it in its warm shutdown, beyond the timeout, and b ran it too"
    return {"long": Truth(why, ("succeeded",) * 2, ("first", "duplicate"), cause="redelivery")}


def warm_shutdown(ground: Ground) -> Truths:
    worker = ground.worker("a", "-c", "1", "--prefetch-multiplier", "4")
    ground.send("late", "runs", 3)
    ground.until(lambda: ground.starts("runs"))
    ground.send("work", "reserved")
    ground.send("work", "held", countdown=12)
    ground.until(lambda: ground.unacked() == 3)
    ground.watch(0.5)
    worker.send_signal(signal.SIGTERM)
    ground.until(lambda: worker.poll() is not None, 40)
    ground.worker("b", "-c", "1")
    ground.until(lambda: ground.ends("held") and ground.ends("reserved") and not ground.unacked(), 40)
    ground.watch(3)
    return {
        "runs": Truth("its worker let it end", ("succeeded",)),
        "reserved": Truth("its worker gave it back", ("succeeded",), cause="requeue"),
        "held": Truth("its worker gave it back", ("succeeded",), cause="requeue"),
    }


def cold_shutdown(ground: Ground) -> Truths:
    worker = ground.worker("a", "-c", "2")
    ground.send("work", "early", 30)
    ground.send("late", "late", 6)
    ground.send("work", "held", countdown=20)
    ground.until(lambda: ground.starts("early") and ground.starts("late") and ground.unacked() == 2)
    ground.watch(0.5)
    worker.send_signal(signal.SIGQUIT)
    ground.until(lambda: worker.poll() is not None, 40)
    ground.worker("b", "-c", "2")
    ground.until(lambda: ground.ends("held") and not ground.unacked() and not ground.queued(), 40)
    ground.watch(20)
    gone = Truth("it was acknowledged, and ended with its worker", ("cancelled or lost",), becomes=("lost",))
    back = Truth(
        "its worker ended it and gave it back",
        ("cancelled", "succeeded"),
        ("first", "recovery or requeue"),
        cause="requeue",
    )
    return {
        "early": gone,
        # Before celery 5.5 it was acknowledged as failed.
        "late": back if ground.starts("late") == 2 else gone,
        "held": Truth("its worker gave it back", ("succeeded",), cause="requeue"),
    }


def sigterm_to_all(ground: Ground) -> Truths:
    worker = ground.worker("a", "-c", "3")
    ground.send("work", "early", 30)
    ground.send("late", "late", 30)
    ground.send("late_lost", "late_lost", 3)
    ground.until(lambda: all(ground.starts(name) for name in ground.ids))
    ground.watch(0.5)
    signal_group(worker, signal.SIGTERM)
    ground.until(lambda: worker.poll() is not None, 40)
    ground.worker("b", "-c", "3")
    ground.until(lambda: ground.ends("late_lost") and not ground.unacked(), 40)
    ground.watch(25)
    return {
        "early": Truth("its child was ended with the worker", ("lost",), becomes=("lost",)),
        "late": Truth(
            "its child was ended, and the worker acknowledged it as failed", ("lost",), becomes=("lost",)
        ),
        "late_lost": Truth(
            "its child was ended, and the message handed back",
            ("lost or requeued", "succeeded"),
            ("first", AGAIN),
            cause="requeue",
        ),
    }

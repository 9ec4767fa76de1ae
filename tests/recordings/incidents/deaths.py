"""Incidents of workers: children and workers that are killed or stopped, and connections that are cut."""

from __future__ import annotations

import signal

from tests.recordings.incidents.ground import FAST, Ground, signal_group
from tests.recordings.incidents.truth import Truth, Truths

AGAIN = "requeue or recovery"
"""The verdict on a run after one that was killed, and of which no event tells but that it was handed back."""


def poison(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1")
    ground.send("poison", "poison", 3)
    ground.until(lambda: ground.ends("poison") and not ground.unacked())
    why = "its child died three times and was handed back each time; the fourth run ended"
    runs = ("lost or requeued",) * 3 + ("succeeded",)
    return {"poison": Truth(why, runs, ("first",) + (AGAIN,) * 3, cause="requeue")}


def worker_killed(ground: Ground) -> Truths:
    first = ground.worker("a", "-c", "2", options=FAST)
    # Its heartbeats have to be known, so that their absence means something.
    ground.watch(5)
    ground.send("work", "early", 3)
    ground.send("late", "late", 3)
    ground.until(lambda: ground.starts("early") and ground.starts("late"))
    ground.watch(0.5)
    signal_group(first, signal.SIGKILL)
    ground.watch(6)
    ground.worker("b", "-c", "2", options=FAST)
    ground.until(lambda: ground.ends("late") and not ground.unacked(), 40)
    # Until the watcher may take the first worker for gone.
    ground.watch(25)
    return {
        "early": Truth("acknowledged before it ran, and killed", ("lost",), becomes=("lost",)),
        "late": Truth(
            "a sweep put it back, and b ran it",
            ("lost", "succeeded"),
            ("first", "recovery"),
            cause="redelivery",
        ),
    }


def killed_in_a_pop(ground: Ground) -> Truths:
    worker = ground.worker("a", "-c", "1")
    ground.watch(5)
    signal_group(worker, signal.SIGSTOP)
    ground.send("late", "popped")
    ground.until(lambda: ground.queued() == 0)
    signal_group(worker, signal.SIGKILL)
    ground.worker("b", "-c", "1")
    ground.send("late", "next")
    ground.until(lambda: ground.ends("next"))
    ground.watch(25)
    return {
        "popped": Truth(
            "the server had given it to a worker that was killed before it noted so", becomes=("lost",)
        ),
        "next": Truth("it came after, and ran", ("succeeded",)),
    }


def connection_lost(ground: Ground) -> Truths:
    ours = {client["id"] for client in ground.redis.client_list()}
    ground.worker("a", "-c", "1", worker_cancel_long_running_tasks_on_connection_loss=True)
    ground.send("late", "cancelled", 5)
    ground.until(lambda: ground.starts("cancelled"))
    ground.watch(1)
    for client in ground.redis.client_list():
        if client["cmd"] in ("brpop", "evalsha", "hset", "publish") and client["id"] not in ours:
            ground.redis.client_kill_filter(_id=client["id"])
    ground.until(lambda: ground.ends("cancelled") and not ground.unacked())
    why = "the worker ended the run when its connection was lost, which no event tells, and ran it again"
    runs = ("cancelled or lost or unknown", "succeeded")
    return {"cancelled": Truth(why, runs, ("first", "requeue or recovery or unclear"), cause="requeue")}


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

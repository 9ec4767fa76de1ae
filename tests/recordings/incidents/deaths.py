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


def cut_in_runs(ground: Ground) -> Truths:
    ours = {client["id"] for client in ground.redis.client_list()}
    ground.worker("a", "-c", "2")
    ground.send("work", "early", 4)
    ground.send("late", "late", 4)
    ground.until(lambda: ground.starts("early") and ground.starts("late"))
    ground.watch(1)
    for client in ground.redis.client_list():
        if client["cmd"] == "brpop" and client["id"] not in ours:
            ground.redis.client_kill_filter(_id=client["id"])
    ground.until(lambda: ground.ends("late") == 2 and ground.ends("early"))
    ground.watch(5)
    why = "its worker lost the connection and went on; before celery 5.7 no event tells of its end"
    # Heartbeats of 5.4.0 count such a run for ever.
    ended = "succeeded or unknown or running"
    return {
        "early": Truth(why, (ended,), becomes=(ended,)),
        "late": Truth(
            "it went back when the connection was lost, and its worker ran it again",
            (ended, "succeeded"),
            ("first", "duplicate or unclear"),
            cause="requeue",
        ),
    }


def frozen(ground: Ground) -> Truths:
    first = ground.worker("a", "-c", "2", options=FAST)
    ground.send("work", "held", countdown=4)
    ground.until(lambda: ground.unacked() == 1)
    ground.watch(1)
    signal_group(first, signal.SIGSTOP)
    ground.worker("b", "-c", "2", options=FAST)
    ground.until(lambda: ground.ends("held"), 120)
    ground.watch(2)
    signal_group(first, signal.SIGCONT)
    ground.until(lambda: ground.ends("held") == 2 and not ground.unacked(), 40)
    ground.watch(3)
    return {
        "held": Truth(
            "its worker was stopped beyond the timeout, and ran its copy late",
            ("succeeded",) * 2,
            ("first", "duplicate"),
            cause="redelivery",
        )
    }

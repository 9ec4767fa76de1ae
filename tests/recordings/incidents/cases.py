"""The incidents: what happens to real workers and their broker, and what is true of each message then."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.recordings.incidents.ground import FAST, Ground, signal_group
from tests.recordings.incidents.truth import Truth

AGAIN = "recovery or requeue"
"""The verdict on a run after one that was killed, and of which no event tells but that it was handed back."""

Truths = Mapping[str, Truth]


@dataclass(frozen=True)
class Incident:
    """One incident; `server` are options of its server."""

    happens: Callable[[Ground], Truths]
    server: Sequence[str] = ()


def eta_beyond_timeout(ground: Ground) -> Truths:
    ground.worker("a", "-c", "8", options=FAST)
    ground.send("work", "eta", countdown=22)
    ground.until(lambda: ground.ends("eta") and not ground.unacked(), 40)
    ground.watch(3)
    runs = ground.starts("eta")
    verdicts = ("first",) + ("duplicate",) * (runs - 1)
    return {"eta": Truth("each redelivery armed a copy, and all ran", ("succeeded",) * runs, verdicts)}


def lock(ground: Ground) -> Truths:
    options = {**FAST, "visibility_timeout": 2}
    ground.worker("a", options=options)
    ground.worker("b", options=options)
    ground.send("locked", "locked", 0.5, countdown=7)
    ground.until(lambda: ground.ends("locked") and not ground.unacked(), 20)
    ground.watch(3)
    copies = ground.received("locked") - 1
    return {"locked": Truth("the lock let one copy run", ("succeeded",), stopped=copies)}


def skipped(ground: Ground) -> Truths:
    ground.worker(
        "a", "-c", "1", options=FAST, worker_deduplicate_successful_tasks=True, result_backend=ground.url
    )
    ground.send("late", "long", 8)
    ground.until(lambda: ground.ends("long") and not ground.unacked())
    ground.watch(3)
    copies = ground.received("long") - 1
    return {"long": Truth("what waited behind it was skipped", ("succeeded",), skipped=copies)}


def poison(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1")
    ground.send("poison", "poison", 3)
    ground.until(lambda: ground.ends("poison") and not ground.unacked())
    why = "its child died three times and was handed back each time; the fourth run ended"
    runs = ("lost or requeued",) * 3 + ("succeeded",)
    return {"poison": Truth(why, runs, ("first",) + (AGAIN,) * 3)}


def worker_killed(ground: Ground) -> Truths:
    first = ground.worker("a", "-c", "2", options=FAST)
    # Its heartbeats have to be known, so that their absence means something.
    ground.watch(5)
    ground.send("work", "early", 3)
    ground.send("late", "late", 3)
    ground.until(lambda: ground.starts("early") and ground.starts("late"))
    ground.watch(0.5)
    signal_group(first, signal.SIGKILL)
    ground.worker("b", "-c", "2", options=FAST)
    ground.until(lambda: ground.ends("late") and not ground.unacked(), 40)
    # Until the watcher may take the first worker for gone.
    ground.watch(25)
    return {
        "early": Truth("acknowledged before it ran, and killed", ("lost",), becomes=("lost",)),
        "late": Truth("a sweep put it back, and b ran it", ("lost", "succeeded"), ("first", "recovery")),
    }


def connection_lost(ground: Ground) -> Truths:
    ours = {client["id"] for client in ground.redis.client_list()}  # type: ignore[union-attr]
    ground.worker("a", "-c", "1", worker_cancel_long_running_tasks_on_connection_loss=True)
    ground.send("late", "cancelled", 5)
    ground.until(lambda: ground.starts("cancelled"))
    ground.watch(1)
    for client in ground.redis.client_list():  # type: ignore[union-attr]
        if client["cmd"] in ("brpop", "evalsha", "hset", "publish") and client["id"] not in ours:
            ground.redis.client_kill_filter(_id=client["id"])
    ground.until(lambda: ground.ends("cancelled") and not ground.unacked())
    why = "the worker ended the run when its connection was lost, which no event tells, and ran it again"
    runs = ("cancelled or lost or unknown", "succeeded")
    return {"cancelled": Truth(why, runs, ("first", "recovery or requeue or unclear"))}


def deploy(ground: Ground) -> Truths:
    old = ground.worker("a", "-c", "1", options=FAST)
    ground.send("late", "long", 8)
    ground.until(lambda: ground.starts("long"))
    old.send_signal(signal.SIGTERM)
    ground.worker("b", "-c", "1", options=FAST)
    ground.until(lambda: ground.ends("long") == 2 and not ground.unacked(), 40)
    why = "a went on with it in its warm shutdown, beyond the timeout, and b ran it too"
    return {"long": Truth(why, ("succeeded",) * 2, ("first", "duplicate"))}


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
        ),
    }


def memory_full(ground: Ground) -> Truths:
    worker = ground.worker("a", "-c", "1")
    signal_group(worker, signal.SIGSTOP)
    for n in range(3):
        ground.send("work", f"full{n}")
    ground.redis.config_set("maxmemory", 500_000)
    signal_group(worker, signal.SIGCONT)
    ground.until(lambda: worker.poll() is not None or ground.queued() == 0)
    ground.watch(3)
    ground.redis.config_set("maxmemory", 0)
    ground.watch(3)
    waiting = b" ".join(ground.redis.lrange("celery", 0, -1)).decode()  # type: ignore[arg-type]
    lost = Truth("it was popped while nothing could be written, and stands nowhere", becomes=("lost",))
    left = Truth("it was not popped before the worker ended", becomes=("waiting",))
    return {name: left if task_id in waiting else lost for name, task_id in ground.ids.items()}


def older_snapshot(ground: Ground) -> Truths:
    ground.send("work", "again")
    ground.redis.save()
    worker = ground.worker("a", "-c", "1")
    ground.until(lambda: ground.ends("again"))
    ground.watch(3)
    restart(ground)
    ground.watch(4)
    if worker.poll() is not None:
        ground.worker("a", "-c", "1")
    ground.until(lambda: ground.ends("again") == 2)
    return {"again": Truth(FROM_BEFORE, ("succeeded",) * 2, ("first", "duplicate"))}


def older_snapshot_in_a_run(ground: Ground) -> Truths:
    ground.send("late", "again", 8)
    ground.redis.save()
    worker = ground.worker("a", "-c", "2")
    ground.until(lambda: ground.starts("again"))
    ground.watch(5)
    restart(ground)
    ground.until(lambda: worker.poll() is not None or ground.starts("again") == 2)
    if worker.poll() is not None:
        ground.worker("b", "-c", "1")
    ground.until(lambda: ground.ends("again") == 2 and not ground.unacked(), 40)
    # Until the watcher may take the first worker for gone.
    ground.watch(25)
    runs = ("succeeded or lost or unknown", "succeeded")
    return {"again": Truth(FROM_BEFORE, runs, ("first", "duplicate or recovery or unclear"))}


FROM_BEFORE = "the server came back from before the pop, so that the message was in its queue again"


def restart(ground: Ground) -> None:
    """Kill the server, and start it on what it had saved."""
    ground.server.kill()
    ground.server.wait()
    ground.start_server()


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


INCIDENTS = {
    "eta_beyond_timeout": Incident(eta_beyond_timeout),
    "lock": Incident(lock),
    "skipped": Incident(skipped),
    "poison": Incident(poison),
    "worker_killed": Incident(worker_killed),
    "connection_lost": Incident(connection_lost),
    "deploy": Incident(deploy),
    "sigterm_to_all": Incident(sigterm_to_all),
    "memory_full": Incident(memory_full),
    "older_snapshot": Incident(older_snapshot, ("--save", "3600 1")),
    "older_snapshot_in_a_run": Incident(older_snapshot_in_a_run, ("--save", "3600 1")),
    "revoked": Incident(revoked),
}

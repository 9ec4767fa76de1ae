"""Incidents of the broker: one that is full, and one that goes back in time."""

from __future__ import annotations

import signal

from tests.recordings.incidents.ground import Ground, signal_group
from tests.recordings.incidents.truth import Truth, Truths

LOOKED_FOR = 20
"""Seconds within which a message that is nowhere is surely looked for."""

FROM_BEFORE = "the server came back from before the pop, so that the message was in its queue again"


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
    ground.watch(LOOKED_FOR)
    waiting = str(ground.redis.lrange("celery", 0, -1))
    lost = Truth("it was popped while nothing could be written, and stands nowhere", becomes=("lost",))
    left = Truth("it was not popped before the worker ended", becomes=("waiting",))
    return {name: left if task_id in waiting else lost for name, task_id in ground.ids.items()}


def emptied(ground: Ground) -> Truths:
    ground.worker("a", "-c", "1")
    ground.send("work", "held", countdown=6)
    ground.send("work", "queued", queue="nobody")
    ground.until(lambda: ground.unacked() == 1)
    ground.watch(2)
    ground.redis.flushall()
    ground.until(lambda: ground.ends("held"))
    ground.watch(LOOKED_FOR)
    return {
        "held": Truth("its worker had it, and ran it all the same", ("succeeded",)),
        "queued": Truth("it waited in its queue, and the broker was emptied", becomes=("lost",)),
    }


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
    return {"again": Truth(FROM_BEFORE, ("succeeded",) * 2, ("first", "duplicate"), cause="rollback")}


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
    return {
        "again": Truth(FROM_BEFORE, runs, ("first", "duplicate or recovery or unclear"), cause="rollback")
    }


def restart(ground: Ground) -> None:
    """Kill the server, and start it on what it had saved."""
    ground.server.kill()
    ground.server.wait()
    ground.start_server()

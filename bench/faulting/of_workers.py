"""Faults of real workers, and of the watch itself: stopped, killed, two of one name, silent, out of time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.faulting.fault import COMPLETE, Ground, fault
from bench.faulting.watcher import ROOT

UP_WITHIN = 30.0
"""Seconds until a worker must be ready."""


class Worker:
    """One real worker, with what it needs to be ended."""

    def __init__(self, ground: Ground, name: str = "w1", *options: str) -> None:
        path = ground.folder / f"worker-{len(ground.kept)}.log"
        log = path.open("wb")
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.faulting.app",
            "-b",
            ground.server.url,
            "worker",
        ]
        command += [
            "-n",
            f"{name}@bench",
            "-c",
            "1",
            "--without-gossip",
            "--without-mingle",
            "-l",
            "INFO",
            *options,
        ]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        log.close()
        ground.kept.append(self)
        met(lambda: b" ready." in path.read_bytes(), UP_WITHIN, "the worker is up")

    def signal(self, number: int) -> None:
        """To it and its pool."""
        os.killpg(self.process.pid, number)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()


def met(condition: Callable[[], Any], seconds: float, what: str) -> None:
    """Wait until it is so. Raises `TimeoutError`."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


def send(ground: Ground, task: str = "run", seconds: float = 0.0, **options: Any) -> str:
    """Send one task; its id."""
    from bench.faulting.app import app

    with app.connection_for_write(ground.server.url) as connection:
        sent = app.send_task(f"bench.faulting.app.{task}", (seconds,), connection=connection, **options)
    return str(sent.id)


def running(ground: Ground, task: str = "run", seconds: float = 0.0, count: int = 1) -> None:
    """Send tasks, and wait until the watch tells of their runs."""
    ids = {send(ground, task, seconds) for _ in range(count)}
    ground.ran |= ids
    met(lambda: ground.watching.ran(ids) == len(ids), 15.0, "its runs are told")


@fault("worker killed while it holds a message", code=COMPLETE, held=0)
def killed_holding(ground: Ground) -> Iterator[None]:
    worker = Worker(ground, "w1", "-E")
    running(ground)
    send(ground, countdown=600)
    met(lambda: ground.client.zcard("unacked_index"), 10.0, "it is held")
    worker.signal(signal.SIGKILL)
    yield


@fault("worker killed in a run that is acknowledged late", code=COMPLETE, held=0)
def killed_running(ground: Ground) -> Iterator[None]:
    worker = Worker(ground, "w1", "-E")
    running(ground, "run_late", 600)
    worker.signal(signal.SIGKILL)
    yield


@fault("worker stopped (SIGSTOP), and going on", code=COMPLETE, held=0)
def stopped(ground: Ground) -> Iterator[None]:
    worker = Worker(ground, "w1", "-E")
    running(ground)
    worker.signal(signal.SIGSTOP)
    ground.ran.add(send(ground))
    yield
    worker.signal(signal.SIGCONT)


@fault("two workers of one name", code=COMPLETE, held=0)
def one_name(ground: Ground) -> Iterator[None]:
    Worker(ground, "w1", "-E")
    Worker(ground, "w1", "-E")
    running(ground, seconds=0.2, count=6)
    yield


@fault("worker without -E", "no event tells", held=0)
def without_events(ground: Ground) -> Iterator[None]:
    Worker(ground)
    send(ground, "run_late", 600)
    met(lambda: ground.client.zcard("unacked_index"), 10.0, "it is held")
    ground.begun = time.monotonic()
    yield


@fault("server killed, back empty, under a worker that holds messages", "came back without", held=0)
def restarted_under_a_worker(ground: Ground) -> Iterator[None]:
    Worker(ground, "w1", "-E")
    running(ground)
    for _ in range(3):
        send(ground, countdown=600)
    met(lambda: ground.client.zcard("unacked_index") == 3, 10.0, "they are held")
    time.sleep(0.5)
    ground.begun = time.monotonic()
    ground.server.kill()
    ground.server.start()
    yield


@fault("FLUSHALL under a worker that holds messages", "data.*FLUSHALL", held=0)
def flushed_under_a_worker(ground: Ground) -> Iterator[None]:
    Worker(ground, "w1", "-E")
    running(ground)
    for _ in range(3):
        send(ground, countdown=600)
    met(lambda: ground.client.zcard("unacked_index") == 3, 10.0, "they are held")
    time.sleep(0.5)
    ground.begun = time.monotonic()
    ground.client.flushall()
    yield


@fault("a message whose task nobody knows", code=COMPLETE, held=0)
def unknown_task(ground: Ground) -> Iterator[None]:
    from bench.faulting.app import app

    Worker(ground, "w1", "-E")
    running(ground)
    with app.connection_for_write(ground.server.url) as connection:
        app.send_task("nobody.knows", connection=connection)
    yield


@fault("the watch itself is stopped (SIGSTOP) for two seconds", code=COMPLETE)
def watch_stopped(ground: Ground) -> Iterator[None]:
    os.kill(ground.watching.pid, signal.SIGSTOP)
    ground.ran |= ground.traffic.play(ground.client)
    time.sleep(2.0)
    os.kill(ground.watching.pid, signal.SIGCONT)
    yield


@fault("the watch is stopped for longer than the server waits for it", "cut off as too slow")
def watch_stopped_for_long(ground: Ground) -> Iterator[None]:
    ground.client.config_set("client-output-buffer-limit", "pubsub 1mb 0 0")
    os.kill(ground.watching.pid, signal.SIGSTOP)
    pipe = ground.client.pipeline(transaction=False)
    for _ in range(3_000):
        pipe.publish("/0.celeryev/task.noise", b"x" * 8_000)
    pipe.execute()
    time.sleep(1.0)
    ground.begun = time.monotonic()
    os.kill(ground.watching.pid, signal.SIGCONT)
    yield

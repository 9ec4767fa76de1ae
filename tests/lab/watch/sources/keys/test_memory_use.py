"""How full the server is, on the real one; and what a worker does whose broker is full."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lab.app.producer import Producer
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch import facts
from lab.watch.broker.connection import connect
from lab.watch.sources.keys import memory_use
from tests.lab.watch.sources.reader import Reader, port_of, serving
from tests.waiting import wait_until

MB = 1 << 20


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    with serving(tmp_path, "--maxmemory", "8mb", "--maxmemory-policy", "noeviction") as client:
        yield client


def test_it_is_said_at_once_and_again_when_it_matters(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_use, "EVERY", 0.2)
    with Reader(f"redis://127.0.0.1:{port_of(client)}") as reader:

        def said() -> facts.ServerMemory:
            last: facts.ServerMemory = reader.of(facts.ServerMemory)[-1]
            return last

        assert (said().limit, said().policy, said().refused) == (8 * MB, "noeviction", 0)
        before = said().used
        client.set("data", b"x" * MB)
        wait_until(lambda: said().used > before + MB)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            for n in range(100):
                client.set(f"data-{n}", b"x" * MB)
        wait_until(lambda: said().refused == 1)
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", 64 * MB)
        wait_until(lambda: (said().limit, said().policy) == (64 * MB, "allkeys-lru"))
        count = len(reader.of(facts.ServerMemory))
        reader.readings(5)
        assert len(reader.of(facts.ServerMemory)) == count, "what stays the same is not said again"


def test_it_is_asked_for_rarely_and_costs_only_itself_where_it_is_refused(client: Any) -> None:
    client.execute_command(
        "ACL", "SETUSER", "reader", "on", ">pw", "~*", "-@all", "+@read", "+@connection", "+time"
    )
    with Reader(f"redis://127.0.0.1:{port_of(client)}") as reader:
        client.config_resetstat()
        reader.readings(5)
        # Every reading asks for two sections, and one in ten for five more.
        assert client.info("commandstats")["cmdstat_info"]["calls"] <= 2 * 7 + 5
    with Reader(f"redis://reader:pw@127.0.0.1:{port_of(client)}") as reader:
        wait_until(lambda: memory_use.MEMORY in reader.unknown())
        assert not reader.of(facts.ServerMemory) and not reader.of(facts.Disconnected)


def stopped_in_pop(client: redis.Redis, pid: int) -> bool:
    """Stop the worker; whether it stands in `BRPOP`, so that the next message is popped for it."""
    os.kill(pid, signal.SIGSTOP)
    if client.info("clients")["blocked_clients"]:
        return True
    os.kill(pid, signal.SIGCONT)
    return False


def test_a_real_worker_of_a_full_broker_loses_the_message_that_it_popped() -> None:
    with Rig.start(Settings(workers=1, concurrency=1)) as rig:
        rig.wait_ready(20)
        wait_until(lambda: running(rig), 30)
        assert rig.state.url
        producer = Producer(rig.state.url, rig.state.prefix)
        with Reader(rig.state.url, rig.state.prefix) as reader, connect(rig.state.url) as client:
            producer.fire(0, "FIRST")
            wait_until(lambda: not client.llen(f"{rig.state.prefix}celery"), 20, "the worker takes messages")
            pid = running(rig)
            assert pid
            wait_until(lambda: stopped_in_pop(client, pid), 20, "the worker waits for a message")
            (lost,) = producer.fire(0, "LOST")
            client.config_set("maxmemory", 1)
            os.kill(pid, signal.SIGCONT)
            wait_until(lambda: running(rig) != pid, 20, "the worker exits")
            wait_until(lambda: (reader.of(facts.ServerMemory)[-1].refused or 0) > 0)
            reader.keys.seeking.seek([(lost.id, "celery")])
            wait_until(lambda: reader.of(facts.Nowhere), what="the message is nowhere")
        producer.close()


def running(rig: Rig) -> int | None:
    worker = rig.state.worker("w1@lab")
    return worker.pid if worker is not None and worker.state == "running" else None

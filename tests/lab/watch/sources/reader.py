"""A running reader of keys and what it told; messages as workers put them; servers of a test's own."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from lab.rig.broker import free_port, server_command
from lab.watch import facts
from lab.watch.broker.connection import Address
from lab.watch.broker.layout import Layout
from lab.watch.sources.keys.keys import Keys
from tests.waiting import wait_until


class Reader:
    """A running reader and what it emitted."""

    def __init__(self, url: str | Address, layout: Layout | str = "") -> None:
        self.facts: list[facts.AnyFact] = []
        self.keys = Keys(url, layout, self.facts.append)
        self.keys.start()

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]

    def unknown(self) -> dict[str, str]:
        """What is unknown now, and why."""
        now = {fact.what: fact.why for fact in self.of(facts.Unknown)}
        return {what: why for what, why in now.items() if why}

    def readings(self, more: int) -> None:
        """Wait for as many more readings."""
        seen = len(self.of(facts.Totals))
        wait_until(lambda: len(self.of(facts.Totals)) >= seen + more, what="more readings")

    def __enter__(self) -> Reader:
        wait_until(lambda: self.of(facts.Totals), what="a first reading")
        return self

    def __exit__(self, *_: object) -> None:
        self.keys.stop()
        self.keys.join(5)


def put(client: Any, tag: str, score: float, prefix: str = "", queue: str = "celery", **headers: Any) -> None:
    message = {"headers": {"id": f"id-{tag}", "task": "lab.run", "retries": 0, **headers}, "properties": {}}
    pipe = client.pipeline()
    pipe.zadd(f"{prefix}unacked_index", {tag: score})
    pipe.hset(f"{prefix}unacked", tag, json.dumps([message, "", queue]))
    pipe.execute()


@contextlib.contextmanager
def serving(folder: Path, *options: str, port: int | None = None) -> Iterator[redis.Redis]:
    """An embedded server of the test's own, by TCP on a free port, or on this one; killed with the block."""
    port = port or free_port()
    with subprocess.Popen(server_command(port, folder, options), stdout=subprocess.DEVNULL) as process:
        try:
            with redis.Redis(port=port) as client:
                wait_until(lambda: answers(client), what="the server")
                yield client
        finally:
            process.kill()


def answers(client: redis.Redis) -> bool:
    """Whether the server says anything at all."""
    try:
        client.ping()
    except redis.ResponseError:
        return True
    except redis.RedisError as error:
        return isinstance(error, redis.AuthenticationError)
    return True


def port_of(client: redis.Redis) -> int:
    """The port of a server of the test's own."""
    return int(client.connection_pool.connection_kwargs["port"])


def sweep(client: Any) -> None:
    """What a sweep without anything overdue sends (`QoS.restore_visible`)."""
    pipe = client.pipeline()
    pipe.set("unacked_mutex", "token", nx=True, px=1000)
    pipe.zrange("unacked_index", 0, 10, byscore=True)
    pipe.delete("unacked_mutex")
    pipe.execute()

"""Faults of what stands on the broker, or comes from it: bad values, keys of another type, bad events."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from bench.faulting.fault import COMPLETE, Doing, Ground, fault

CHANNEL = "/0.celeryev/task.started"


def value(name: str, data: bytes) -> Doing:
    """One value among good ones in `unacked`."""

    def do(ground: Ground) -> Iterator[None]:
        ground.client.hset("unacked", "bad", data)
        ground.client.zadd("unacked_index", {"bad": time.time()})
        ground.traffic.hold(ground.client, 3)
        yield
        ground.client.hdel("unacked", "bad")
        ground.client.zrem("unacked_index", "bad")

    return fault(f"an unacked value: {name}", "could not be read")(do)


value("no UTF-8", b'[{"headers": {"id": "\xff\xfe"}}, "", "celery"]')
value("pickle", b"\x80\x04\x95\x05.")
value("no JSON", b"nonsense")
value("JSON of another shape", b'{"headers": 1}')
value("100 kB", b"x" * 100_000)
value("nested 10,000 deep", b"[" * 10_000)
value("an ETA that is no time", b'[{"headers": {"id": "i", "eta": "soon"}}, "", "celery"]')
value("empty", b"")


@fault("an unacked score of +inf", "could not be read")
def score(ground: Ground) -> Iterator[None]:
    ground.client.zadd("unacked_index", {"bad": float("inf")})
    yield
    ground.client.zrem("unacked_index", "bad")


@fault("a delivery tag that is no text", "could not be read")
def tag(ground: Ground) -> Iterator[None]:
    ground.client.zadd("unacked_index", {b"\xff\xfe": time.time()})
    yield
    ground.client.zrem("unacked_index", b"\xff\xfe")


@fault("unacked is a string", "unacked.*wrong type", at_start=True)
def unacked_is_a_string(ground: Ground) -> Iterator[None]:
    ground.client.delete("unacked")
    ground.client.set("unacked", "x")
    yield


@fault("the index is a list", "wrong type", at_start=True)
def index_is_a_list(ground: Ground) -> Iterator[None]:
    ground.client.delete("unacked_index")
    ground.client.rpush("unacked_index", "x")
    yield


@fault("the index becomes a list meanwhile", "wrong type|data")
def index_becomes_a_list(ground: Ground) -> Iterator[None]:
    ground.client.delete("unacked_index")
    ground.client.rpush("unacked_index", "x")
    yield


@fault("a queue is a set", at_start=True, code=COMPLETE, unknown="queue celery.*wrong type")
def queue_is_a_set(ground: Ground) -> Iterator[None]:
    ground.client.sadd("celery", "x")
    yield


@fault("the mutex is a hash", code=COMPLETE)
def mutex_is_a_hash(ground: Ground) -> Iterator[None]:
    ground.client.hset("unacked_mutex", "x", "y")
    yield


@fault("a binding table is a string", code=COMPLETE, at_start=True)
def bindings_are_a_string(ground: Ground) -> Iterator[None]:
    ground.client.delete("_kombu.binding.celery")
    ground.client.set("_kombu.binding.celery", "x")
    yield


@fault("40 queues, of which 32 are read", code=COMPLETE, unknown="beyond the first")
def many_queues(ground: Ground) -> Iterator[None]:
    for n in range(40):
        message = json.loads(json.dumps(ground.traffic.held))
        message[2], tag = f"queue-{n}", f"tag-{n}"
        message[0]["headers"]["id"] = f"id-{n}"
        ground.client.zadd("unacked_index", {tag: time.time()})
        ground.client.hset("unacked", tag, json.dumps(message))
    yield


def event(name: str, data: bytes, says: str = "could not be read", **more: Any) -> Doing:
    """One message on the channel of events."""

    def do(ground: Ground) -> Iterator[None]:
        ground.client.publish(CHANNEL, data)
        yield

    return fault(f"an event: {name}", says, **more)(do)


def enveloped(body: object) -> bytes:
    """A message as kombu publishes it."""
    encoded = base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode())
    return json.dumps({"body": encoded.decode()}).encode()


event("no JSON", b"\x00\xff" * 50)
event("no base64", b'{"body": "\xc3\xa4"}')
event("nested 10,000 deep", enveloped(b"[" * 10_000))
event("without a task id", enveloped({"type": "task-started", "timestamp": 1.0}))
event("in the year 9999999", enveloped({"type": "task-started", "timestamp": 1e18, "uuid": "x"}))
event("of 5 MB", b"x" * 5_000_000, "not read")
event(
    "one of a list does not fit",
    enveloped([{"type": "task-started"}, {"type": "worker-online", "timestamp": 1}]),
)
event(
    "of a kind of the app's own",
    enveloped({"type": "task-progress", "timestamp": 1.0, "uuid": "x"}),
    "",
    code=COMPLETE,
)


@fault("a flood of 200,000 events", "faster than", held=0)
def flood(ground: Ground) -> Iterator[None]:
    data = enveloped(
        [
            {
                "type": "task-received",
                "timestamp": time.time(),
                "uuid": f"flood-{n}",
                "hostname": "w",
                "pid": 7,
            }
            for n in range(1_000)
        ]
    )
    pipe = ground.client.pipeline(transaction=False)
    for _ in range(200):
        pipe.publish(CHANNEL, data)
    pipe.execute()
    yield


@fault("5,000 worker processes", "4,096 worker", held=0)
def many_workers(ground: Ground) -> Iterator[None]:
    now = time.time()
    for start in range(0, 5_000, 500):
        beats = [
            {"type": "worker-heartbeat", "timestamp": now, "hostname": f"w{n}@h", "pid": n + 1, "freq": 2.0}
            for n in range(start, start + 500)
        ]
        ground.client.publish("/0.celeryev/worker.heartbeat", enveloped(beats))
    yield

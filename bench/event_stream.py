"""A stream of events as real workers publish them: what one published is repeated, each time with task ids,
times and clocks of its own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis

from lab.app.producer import Producer
from lab.rig.rig import Rig
from lab.watch.broker.connection import connect

TASKS = 250
"""Tasks that the real worker runs."""

BATCH = 0.001
"""Seconds that are published at once: as good as one by one."""


@dataclass(frozen=True)
class Message:
    """What was published on one channel: an envelope, and the events in it, one or several."""

    channel: bytes
    envelope: dict[str, Any]
    events: list[dict[str, Any]]
    listed: bool
    """Whether they stand in a list (`task.multi`)."""

    def encoded(self, round: int, seconds: float, clocks: int, later: float) -> bytes:
        """The same, but of other tasks, `later` by so many seconds and so many rounds."""
        events = []
        for event in self.events:
            event = event | {"timestamp": event["timestamp"] + later + round * seconds}
            event["clock"] += round * clocks
            for field in ("uuid", "root_id"):
                if event.get(field):
                    event[field] = str(UUID(int=UUID(event[field]).int ^ round))
            events.append(event)
        body = json.dumps(events if self.listed else events[0]).encode()
        return json.dumps(self.envelope | {"body": base64.b64encode(body).decode()}).encode()


def captured(rig: Rig, tasks: int = TASKS) -> list[Message]:
    """Everything that a real worker, and the producer, published of so many tasks."""
    messages: list[Message] = []
    assert rig.state.url is not None
    with connect(rig.state.url) as client, client.pubsub() as channel:
        channel.psubscribe("*celeryev/*")
        producer = Producer(rig.state.url, rig.state.prefix)
        producer.fire(0, "BENCH", tasks)
        producer.close()
        ended = 0
        while ended < tasks:
            told = channel.get_message(timeout=1.0)
            if told is None or told["type"] != "pmessage":
                continue
            envelope = json.loads(told["data"])
            body = json.loads(base64.b64decode(envelope["body"]))
            listed = isinstance(body, list)
            events = body if listed else [body]
            if events[0]["type"].startswith("task-"):
                messages.append(Message(told["channel"], envelope, events, listed))
            ended += sum(event["type"] == "task-succeeded" for event in events)
    return messages


def repeated(messages: list[Message], rounds: int, rate: float) -> Iterator[tuple[bytes, bytes, int]]:
    """Channel, message and number of events, so many times; times begin now and pass as it is published at
    `rate` events a second."""
    events = [event for message in messages for event in message.events]
    clocks = [event["clock"] for event in events]
    seconds = len(events) / rate
    later = time.time() - min(event["timestamp"] for event in events)
    for round in range(rounds):
        for message in messages:
            encoded = message.encoded(round, seconds, max(clocks) + 1, later)
            yield message.channel, encoded, len(message.events)


def publish(client: redis.Redis, stream: Iterable[tuple[bytes, bytes, int]], rate: float) -> None:
    """Publish at `rate` events a second."""
    begun, published, batch = time.monotonic(), 0, 0.0
    pipe = client.pipeline(transaction=False)
    for channel, message, events in stream:
        pipe.publish(channel, message)
        published += events
        if published / rate - batch >= BATCH:
            batch = published / rate
            pipe.execute()
            time.sleep(max(0.0, begun + batch - time.monotonic()))
    pipe.execute()

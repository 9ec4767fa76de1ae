"""What a real worker published and stored, once; played on the servers of all faults, each time anew."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from threading import Lock
from typing import Any

from bench.event_stream import Message, captured
from lab.app.producer import Producer
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect

TASKS = 3
"""Tasks that run in one play."""


@dataclass
class Traffic:
    """What one worker said while it ran `TASKS` tasks, a message that it held, and the bindings it made."""

    events: list[Message]
    held: list[Any]
    bindings: dict[str, set[bytes]]

    def __post_init__(self) -> None:
        self._plays = 0
        self._lock = Lock()

    @classmethod
    def of_a_worker(cls) -> Traffic:
        """Have one run, and watch it."""
        with Rig.start(Settings(workers=1, concurrency=2)) as rig:
            rig.wait_ready(30)
            assert rig.state.url is not None
            events = captured(rig, TASKS)
            with connect(rig.state.url) as client:
                producer = Producer(rig.state.url, rig.state.prefix)
                producer.fire(3_600, "HELD", 1)
                producer.close()
                while not (found := list(client.hvals("unacked"))):
                    time.sleep(0.05)
                tables = [key.decode() for key in client.scan_iter("_kombu.binding.*")]
                bindings = {key: set(client.smembers(key)) for key in tables}
        return cls(events, json.loads(found[0]), bindings)

    def bind(self, client: Any) -> None:
        """As a worker does that comes up."""
        for key, members in self.bindings.items():
            client.sadd(key, *members)

    def play(self, client: Any) -> set[str]:
        """Let the tasks run once more; their ids."""
        with self._lock:
            self._plays += 1
            plays = self._plays
        events = [event for message in self.events for event in message.events]
        clocks = max(event["clock"] for event in events) + 1
        later = time.time() - max(event["timestamp"] for event in events)
        ids = set()
        for message in self.events:
            encoded = message.encoded(plays, 0.0, clocks, later)
            client.publish(message.channel, encoded)
            # A uuid is changed in its last bits alone, as `encoded` does it.
            ids |= {
                str(uuid.UUID(int=uuid.UUID(event["uuid"]).int ^ plays))
                for event in message.events
                if event["type"] == "task-started"
            }
        return ids

    def hold(self, client: Any, count: int) -> list[str]:
        """Let a worker hold so many more messages; their delivery tags."""
        tags = []
        for _ in range(count):
            tag, message = str(uuid.uuid4()), json.loads(json.dumps(self.held))
            message[0]["headers"]["id"] = str(uuid.uuid4())
            message[0]["properties"]["delivery_tag"] = tag
            pipe = client.pipeline()
            pipe.zadd("unacked_index", {tag: time.time()})
            pipe.hset("unacked", tag, json.dumps(message))
            pipe.execute()
            tags.append(tag)
        return tags

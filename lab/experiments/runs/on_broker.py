"""What is on the broker at the end of a run: the ids of the messages that still stand somewhere."""

from __future__ import annotations

import msgspec
import redis

from lab.experiments.background import Background
from lab.experiments.testbed import Testbed
from lab.watch.broker.layout import Layout

QUEUES = ("celery", "other")
"""The queues that scenarios use."""


def read_ids(testbed: Testbed) -> Background[set[str]]:
    """Begin to read the id of every message that waits in a queue or stands in `unacked`."""

    def read() -> set[str]:
        with testbed.client() as client:
            return _ids(client, Layout(prefix=testbed.session.prefix))

    return Background(read)


def _ids(client: redis.Redis, layout: Layout) -> set[str]:
    found: set[str] = set()
    for name in QUEUES:
        for key in layout.queue_lists(name):
            found.update(_id(raw) for raw in client.lrange(key, 0, -1))
    found.update(_id(raw) for raw in client.hvals(layout.unacked))
    return found


def _id(raw: bytes | str) -> str:
    message = msgspec.json.decode(raw)
    if isinstance(message, list):
        # In `unacked`: message, exchange, routing key.
        message = message[0]
    return str(message["headers"]["id"])

"""Captures what a broker and its workers really say, byte for byte, before anything decodes it.

    python -m tests.recordings.wire PYTHON NAME

Writes `NAME.json`: for each decoder of `bench.decoders` a list of inputs, a byte a character
(Latin-1). The fuzzing begins with them.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import redis

from lab.rig.broker import free_port, server_command
from lab.watch.sources.channel import Channel
from lab.watch.sources.inspection.pidbox import Pidbox
from tests.recordings.capture import HERE, SENDS, running
from tests.waiting import wait_until

SECTIONS = ("server", "memory", "stats", "errorstats", "commandstats", "replication", "persistence")
MOST = 40
"""Inputs of a kind; of the events those that differ most."""


class Heard:
    """What is published, as it comes from the socket."""

    def __init__(self, client: redis.Redis) -> None:
        self.chunks: list[bytes] = []
        self.messages: list[bytes] = []
        self._channel = Channel(client)
        self._channel.subscribe("*")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._channel.close()

    def _hear(self) -> None:
        receive = self._channel._receive

        def noted(sock: Any, seconds: float) -> bytes:
            chunk = receive(sock, seconds)
            self.chunks.append(chunk)
            return chunk

        self._channel._receive = noted  # type: ignore[method-assign]
        while not self._stopping.is_set():
            for reply in self._channel.read(0.1):
                if isinstance(reply, list) and reply[0] == b"pmessage" and b"pidbox" not in reply[2]:
                    self.messages.append(reply[3])


def raw(client: redis.Redis, *command: str) -> bytes:
    """An answer that no client library looked into."""
    connection = client.connection_pool.get_connection()
    try:
        connection.send_command(*command)
        answer: bytes = connection.read_response()
        return answer
    finally:
        client.connection_pool.release(connection)


def replies(client: redis.Redis) -> list[bytes]:
    """How workers answer `stats`."""
    found: list[bytes] = []
    box = Pidbox("", "/0.celery.pidbox", lambda bad: None)
    box._replies = lambda client: found.extend(client.lrange(box.key, 0, -2)) or iter(())  # type: ignore
    box.ask(client, "stats", threading.Event())
    return list(dict.fromkeys(found))


def capture(python: str, name: str) -> None:
    """Run all of it once."""
    with tempfile.TemporaryDirectory() as folder:
        (truth := Path(folder) / "truth").touch()
        url = f"redis://127.0.0.1:{(port := free_port())}/0"
        environ = {**os.environ, "BROKER": url, "TRUTH": str(truth), "PYTHONPATH": str(HERE)}
        client = redis.Redis.from_url(url, protocol=2)
        with running(server_command(port, Path(folder)), environ):
            wait_until(lambda: answers(client))
            heard = Heard(client)
            worker = [python, "-m", "celery", "-A", "tasks", "worker", "-c", "2"]
            with (
                running([*worker, "-n", "well@h", "-Q", "well"], environ),
                running([*worker, "-n", "loops@h", "-Q", "loops"], environ),
            ):
                wait_until(lambda: len(client.keys("_kombu*")) > 2, 30, "the workers")
                subprocess.run([python, "-c", SENDS], env=environ, capture_output=True, check=True)
                unacked: list[bytes] = []
                until = time.monotonic() + 12
                while time.monotonic() < until:
                    unacked += client.hvals("unacked")
                    time.sleep(0.05)
                tables = [each.decode() for each in client.keys("_kombu.binding.*")]
                found: dict[str, Iterable[bytes]] = {
                    "event": one_of_each(heard.messages),
                    "reply": [chunk for chunk in heard.chunks if chunk][:MOST],
                    "payload": unacked,
                    "index": [tag for tag, _ in client.zrange("unacked_index", 0, -1, withscores=True)],
                    "clients": [raw(client, "CLIENT", "LIST")],
                    "info": [raw(client, "INFO", section) for section in SECTIONS],
                    "answer": replies(client),
                    "binding": [each for table in tables for each in client.smembers(table)],
                    "name": [*client.pubsub_channels(), *client.keys("*")],
                }
            heard.stop()
    places = of_this_machine(python)
    kept = {
        kind: [hidden(each, places).decode("latin-1") for each in list(dict.fromkeys(inputs))[:MOST]]
        for kind, inputs in found.items()
    }
    (HERE / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


def hidden(data: bytes, places: dict[bytes, bytes]) -> bytes:
    """The same without what names this machine; nothing changes its length, which stands in front of some."""

    def inside(body: re.Match[bytes]) -> bytes:
        return body[1] + base64.b64encode(replaced(base64.b64decode(body[2]))) + body[3]

    def replaced(text: bytes) -> bytes:
        for place, instead in places.items():
            text = text.replace(place, instead)
        return text

    data = re.sub(rb'("body": ")([A-Za-z0-9+/=]+)(")', inside, replaced(data))
    return re.sub(rb"\r\n(os|monotonic_clock|gcc_version|executable):[^\r]*", b"", data)


def of_this_machine(python: str) -> dict[bytes, bytes]:
    """What names it, and texts of the same length."""
    names = [str(Path(python).parents[1]), sys.prefix, str(HERE.parents[1])]
    instead = {name: ("/srv" + "/project" * len(name))[: len(name)] for name in names}
    host = socket.gethostname()
    instead[f"@{host}"] = ("@" + "h" * len(host))[: len(host) + 1]
    return {name.encode(): text.encode() for name, text in instead.items()}


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def one_of_each(messages: list[bytes]) -> list[bytes]:
    """A few of each kind of event."""
    from lab.watch.sources.decoding import decode

    by_kind: dict[str, list[bytes]] = {}
    for message in messages:
        for fact in decode(message, 0.0):
            by_kind.setdefault(type(fact).__name__, []).append(message)
    return [message for kind in by_kind.values() for message in kind[:3]]


if __name__ == "__main__":
    capture(*sys.argv[1:])

"""Every way to a broker, by TCP, with TLS or through a Unix socket: what real workers say is heard by each
alike, and a way that is cut says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lab.app.producer import Producer
from lab.rig.broker import free_port
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch import facts
from lab.watch.broker.connection import connect
from lab.watch.facts import TASK_FACTS
from lab.watch.sources import channel
from lab.watch.sources.channel import Channel
from lab.watch.sources.events import Events
from tests.lab.watch.sources.reader import port_of, serving
from tests.lab.watch.sources.tls import CERTIFICATE, RECORD, encrypted
from tests.waiting import wait_until

TASKS = 100

CHECKED = f"ssl_cert_reqs=required&ssl_ca_certs={CERTIFICATE}"


class Heard:
    """A source of events and what it emitted."""

    def __init__(self, url: str) -> None:
        self.facts: list[facts.AnyFact] = []
        self.source = Events(url, "", self.facts.append)
        self.source.start()
        wait_until(lambda: self.of(facts.Connected), what=f"a connection to {url}")

    def of(self, *kinds: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) in kinds]

    def events(self) -> Counter[tuple[str, str, str, int]]:
        """How often each event of a task was heard: its kind, its task, who said it, and at which clock."""
        told = self.of(*TASK_FACTS)
        return Counter((type(fact).__name__, fact.id, fact.worker, fact.clock) for fact in told)

    def end(self) -> None:
        self.source.stop()
        self.source.join(5)


def test_what_real_workers_say_is_heard_whole_and_once_on_every_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    by_tcp = f"redis://127.0.0.1:{port}/0"
    # It listens on a Unix socket alone, unless it is told otherwise.
    with Rig.start(Settings(workers=2), server_options=("--port", str(port), "--bind", "127.0.0.1")) as rig:
        rig.wait_ready(30)
        assert rig.state.url
        with encrypted(port) as front:
            ways = [
                Heard(by_tcp),
                Heard(f"rediss://127.0.0.1:{front.port}"),
                Heard(f"rediss://localhost:{front.port}/0?{CHECKED}"),
                Heard(rig.state.url),
            ]
            # A redis-py that keeps the socket elsewhere: it reads by itself then.
            monkeypatch.setattr(channel, "socket_of", lambda _: None)
            ways += [Heard(by_tcp), Heard(f"rediss://127.0.0.1:{front.port}")]
            producer = Producer(rig.state.url, rig.state.prefix)
            sent = {fired.id for fired in producer.fire(0, "WAYS", TASKS)}
            producer.close()
            for way in ways:
                wait_until(lambda way=way: len(way.of(facts.Succeeded)) >= TASKS, 30, "the end of all")
            heard = [way.events() for way in ways]
            for way in ways:
                way.end()
    for events in heard:
        assert set(events.values()) == {1}
        for kind in ("Sent", "Received", "Started", "Succeeded"):
            assert {task for told, task, *_ in events if told == kind} == sent
        assert events == heard[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


def as_told(data: bytes) -> bytes:
    """The reply in which a subscriber to `a/*` is told what was published on `a/b` (RESP2)."""
    return b"*4\r\n$8\r\npmessage\r\n$3\r\na/*\r\n$3\r\na/b\r\n$%d\r\n%s\r\n" % (len(data), data)


def test_with_tls_one_read_brings_all_that_has_come(server: redis.Redis) -> None:
    sent = [b"%d" % n * RECORD for n in range(50)]
    with encrypted(port_of(server)) as front, connect(f"rediss://127.0.0.1:{front.port}") as client:
        hearing = Channel(client)
        hearing.subscribe("a/*")
        assert hearing.read(5)
        for data in sent:
            server.publish("a/b", data)
        wait_until(lambda: front.told.endswith(as_told(sent[-1])), what="all of it")
        assert [reply[-1] for reply in hearing.read(5) if isinstance(reply, list)] == sent
        hearing.close()


def test_a_subscriber_that_was_too_slow_is_cut_off_and_says_that_it_missed_something(tmp_path: Path) -> None:
    with serving(tmp_path, "--client-output-buffer-limit", "pubsub 64kb 0 0") as client:
        heard = Heard(f"redis://127.0.0.1:{port_of(client)}")
        flood = client.pipeline(transaction=False)
        for _ in range(1_000):
            # More than any socket takes, within one turn of the server.
            flood.publish("/0.celeryev/worker.heartbeat", b"x" * 20_000)
        flood.execute()
        wait_until(lambda: heard.of(facts.Gap), what="the connection is back")
        heard.end()
    assert [type(fact) for fact in heard.of(facts.Connected, facts.Disconnected, facts.Gap)] == [
        facts.Connected,
        facts.Disconnected,
        facts.Connected,
        facts.Gap,
    ]
    assert heard.of(facts.Gap)[0].why == "cut off as too slow (client-output-buffer-limit)"


def test_a_way_with_tls_that_is_cut_says_so_and_comes_back(server: redis.Redis) -> None:
    with encrypted(port_of(server)) as front:
        heard = Heard(f"rediss://127.0.0.1:{front.port}")
        server.client_kill_filter(_type="pubsub")
        wait_until(lambda: heard.of(facts.Gap), what="the connection is back")
        heard.end()
    assert "closed" in heard.of(facts.Disconnected)[0].why


def test_a_certificate_that_nobody_vouches_for_is_refused_in_one_line(server: redis.Redis) -> None:
    told: list[facts.AnyFact] = []
    with encrypted(port_of(server)) as front:
        source = Events(f"rediss://127.0.0.1:{front.port}?ssl_cert_reqs=required", "", told.append)
        source.start()
        wait_until(lambda: len(told) > 1, what="the refusal")
        source.stop()
        source.join(5)
    refused = told[1]
    assert isinstance(refused, facts.Disconnected) and refused.why.startswith("TLS: ")
    assert "certificate" in refused.why.lower() and "\n" not in refused.why

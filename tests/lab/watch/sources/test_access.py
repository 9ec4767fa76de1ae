"""A reader with few rights: what is refused costs what it gives and no more, and is said."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab.watch import facts
from lab.watch.sources import source
from lab.watch.sources.events import Events
from tests.lab.watch.sources.reader import Reader, port_of, put, serving, sweep
from tests.waiting import wait_until

RIGHTS = [
    "resetchannels",
    "&/0.celeryev/*",
    "-@all",
    "+@read",
    "+@connection",
    "+psubscribe",
    "+info",
    "+time",
]
RIGHTS += ["+client|list"]
"""What suffices."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


class Reads:
    """The one user whose rights are changed, and the server with rights for everything."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.url = f"redis://reader:pw@127.0.0.1:{port_of(server)}/0"
        self.may("~*", *RIGHTS)

    def may(self, *rules: str) -> None:
        self.server.execute_command("ACL", "SETUSER", "reader", "reset", "on", ">pw", *rules)


@pytest.fixture
def reads(server: Any) -> Reads:
    server.flushall()
    return Reads(server)


class Listener:
    """A running receiver of events and what it told."""

    def __init__(self, url: str) -> None:
        self.facts: list[facts.AnyFact] = []
        self.events = Events(url, "", self.facts.append)
        self.events.start()

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.events.stop()
        self.events.join(5)


def beat(server: Any) -> None:
    body = json.dumps({"type": "worker-heartbeat", "timestamp": time.time(), "hostname": "w"}).encode()
    server.publish("/0.celeryev/worker.heartbeat", json.dumps({"body": base64.b64encode(body).decode()}))


def test_a_reader_with_just_these_rights_sees_everything(reads: Reads) -> None:
    put(reads.server, "t1", time.time())
    reads.server.rpush("celery", "one")
    with Reader(reads.url) as reader, Listener(reads.url) as listener:
        wait_until(lambda: reader.of(facts.Payload) and listener.of(facts.Connected))
        beat(reads.server)
        wait_until(lambda: listener.of(facts.Heartbeat))
        sweep(reads.server)
        wait_until(lambda: reader.of(facts.Swept))
        reads.server.zrem("unacked_index", "t1")
        wait_until(lambda: reader.of(facts.Left))
    assert not reader.of(facts.Unknown) and not listener.of(facts.Unknown)
    assert not reader.of(facts.Disconnected) and not listener.of(facts.Disconnected)
    assert reader.of(facts.Server)[0].run_id and reader.of(facts.Totals)[-1].queued == 1


@pytest.mark.parametrize(
    ("refused", "unknown", "sweeps"),
    [
        (["-info"], {"which server process", "sweeps", "how full"}, False),
        (["-time"], {"clock"}, True),
        (["-client|setname"], set(), True),
        (["-zmscore"], set(), True),
        (["-zmscore", "-zscore"], {"which unacked messages left"}, True),
        (["-exists"], {"mutex"}, True),
        (["-hlen"], {"how many messages are unacked"}, True),
    ],
)
def test_a_refused_command_costs_what_it_gives_and_is_known_again_when_it_is_allowed(
    reads: Reads, refused: list[str], unknown: set[str], sweeps: bool
) -> None:
    reads.may("~*", *RIGHTS, *refused)
    put(reads.server, "t1", time.time())
    with Reader(reads.url) as reader:
        wait_until(lambda: reader.of(facts.Payload))
        reader.readings(3)
        assert all(any(part in what for what in reader.unknown()) for part in unknown)
        assert len(reader.of(facts.Unknown)) == len(unknown), "each is said once"
        assert all("permission" in why for why in reader.unknown().values())
        sweep(reads.server)
        reader.readings(2)
        assert bool(reader.of(facts.Swept)) is sweeps
        reads.may("~*", *RIGHTS)
        wait_until(lambda: not reader.unknown(), what="it is known again")
        reads.server.zrem("unacked_index", "t1")
        wait_until(lambda: reader.of(facts.Left))
    assert not reader.of(facts.Disconnected)


def test_refused_events_are_said_and_asked_for_rarely_and_heard_when_allowed(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads.may("~*", *RIGHTS, "-psubscribe")
    with Listener(reads.url) as listener:
        wait_until(lambda: listener.of(facts.Unknown) and listener.of(facts.Disconnected))
        assert "what workers say" in listener.of(facts.Unknown)[0].what
        assert listener.events.stopping.wait(3) is False
        assert len(listener.of(facts.Disconnected)) == 1
    monkeypatch.setattr(source, "REFUSED", 0.2)
    with Listener(reads.url) as listener:
        wait_until(lambda: len(listener.of(facts.Disconnected)) > 2)
        assert len(listener.of(facts.Unknown)) == 1
        reads.may("~*", *RIGHTS)
        wait_until(lambda: listener.of(facts.Connected))
        wait_until(lambda: len(listener.of(facts.Unknown)) == 2 and not listener.of(facts.Unknown)[1].why)


def test_refused_keys_cost_what_stands_in_them(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.watch.sources.keys.depths.AGAIN", 0.2)
    monkeypatch.setattr("lab.watch.sources.keys.payload.AGAIN", 0.2)
    reads.may("~unacked", "~unacked_mutex", *RIGHTS)
    put(reads.server, "t1", time.time())
    with Reader(reads.url) as reader:
        wait_until(lambda: len(reader.unknown()) == 2)
        assert {what.split()[0] for what in reader.unknown()} == {"when", "how"}, "the index and the queue"
        assert reader.of(facts.Totals)[-1].unacked == 1
        reads.may("~unacked_index", "~unacked_mutex", "~celery*", *RIGHTS)
        wait_until(lambda: reader.of(facts.Popped))
        wait_until(lambda: {what.split()[0] for what in reader.unknown()} == {"which", "how"})
        assert reader.of(facts.Totals)[-1].unacked == 1, "what is unknown stays what it was"
        reads.may("~*", *RIGHTS)
        wait_until(lambda: reader.of(facts.Payload) and not reader.unknown())
    assert not reader.of(facts.Disconnected)


def test_who_may_read_nothing_is_told_why(reads: Reads) -> None:
    reads.may("~*", "-@all", "+@connection")
    reader = Reader(reads.url)
    wait_until(lambda: reader.of(facts.Disconnected))
    reader.__exit__()
    assert "permission" in reader.of(facts.Disconnected)[0].why
    assert not reader.of(facts.Connected) and not reader.of(facts.Totals)

"""Decoding of events: what a worker says, and what somebody else may put on its channel."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch import facts
from lab.watch.sources import events
from lab.watch.sources.decoding import BadEvent, decode
from lab.watch.sources.events import Events
from tests.waiting import wait_until


def published(body: Any) -> bytes:
    return json.dumps({"body": base64.b64encode(json.dumps(body).encode()).decode(), "headers": {}}).encode()


RECEIVED = {
    "type": "task-received",
    "timestamp": 12.5,
    "hostname": "w1@vm",
    "pid": 7,
    "clock": 3,
    "uuid": "9d4c",
    "name": "lab.run",
    "args": "['CELERY']",
    "eta": "2026-11-23T15:59:41.488358+00:00",
    "expires": None,
    "retries": 0,
}


def test_a_received_event_becomes_a_fact() -> None:
    (fact,) = decode(published(RECEIVED), seen=13.0)
    assert fact == facts.Received(
        at=12.5,
        seen=13.0,
        id="9d4c",
        worker="w1@vm",
        pid=7,
        clock=3,
        task="lab.run",
        args="['CELERY']",
        eta=1795449581.488358,
        retries=0,
    )


def test_a_task_multi_message_is_a_list_of_events() -> None:
    started = {"type": "task-started", "timestamp": 13.0, "hostname": "w1@vm", "pid": 7, "uuid": "9d4c"}
    assert [type(fact) for fact in decode(published([RECEIVED, started]), 13)] == [
        facts.Received,
        facts.Started,
    ]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("task-sent", facts.Sent),
        ("task-started", facts.Started),
        ("task-succeeded", facts.Succeeded),
        ("task-failed", facts.Failed),
        ("task-retried", facts.Retried),
        ("task-rejected", facts.Rejected),
        ("task-revoked", facts.Revoked),
        ("worker-online", facts.Online),
        ("worker-heartbeat", facts.Heartbeat),
        ("worker-offline", facts.Offline),
    ],
)
def test_every_kind_of_event_has_its_fact(type_: str, kind: type) -> None:
    (fact,) = decode(published({"type": type_, "timestamp": 1.0, "uuid": "x", "hostname": "w", "pid": 1}), 1)
    assert type(fact) is kind


def test_an_unknown_event_is_a_fact_that_says_so() -> None:
    (fact,) = decode(published({"type": "task-invented", "timestamp": 1.0, "uuid": "x"}), 1)
    assert isinstance(fact, facts.Unreadable) and "task-invented" in fact.why


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04pickle",
        b"{}",
        b'{"body": 5}',
        b'{"body": "not base64!"}',
        published("just text"),
        published({"type": "task-started"}),
        published({"type": "task-started", "timestamp": "soon", "uuid": "x"}),
        b'{"body": "' + base64.b64encode(b"[" * 100_000) + b'"}',
    ],
)
def test_what_is_no_event_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadEvent, match="event"):
        list(decode(data, 1))


def test_texts_from_the_wire_are_bounded() -> None:
    (fact,) = decode(published({**RECEIVED, "name": "n" * 100_000, "args": "a" * 100_000}), 1)
    assert isinstance(fact, facts.Received)
    assert len(fact.task) == len(fact.args) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp": 1e300},
        {"timestamp": -1.0},
        {"timestamp": 4e9},
        {"pid": -1},
        {"pid": 10**30},
        {"clock": 2**60},
        {"retries": -3},
        {"retries": 2**54},
        {"eta": "tomorrow"},
        {"eta": "1888-01-01T00:00:00"},
        {"uuid": ""},
        {"type": "task-succeeded", "runtime": -1.0},
        {"type": "task-succeeded", "runtime": 1e300},
        {"type": "worker-heartbeat", "freq": 1e300},
        {"type": "worker-online", "timestamp": 1e300},
        {"type": "task-invented", "timestamp": 1e300},
    ],
)
def test_an_absurd_number_is_an_unreadable_fact_and_costs_the_others_of_its_list_nothing(
    wrong: dict[str, Any],
) -> None:
    first, second = decode(published([RECEIVED | wrong, RECEIVED]), seen=13.0)
    assert isinstance(first, facts.Unreadable) and first.at == 13.0 and "event" in first.why
    assert isinstance(second, facts.Received)


@pytest.mark.parametrize(
    ("eta", "seconds"),
    [
        ("9999-12-31T23:59:59.999999", 253_402_300_799.999999),
        ("9999-12-31T23:59:59-12:00", 253_402_343_999.0),
        ("2097-01-01T00:00:00+00:00", 4_007_836_800.0),
    ],
)
def test_a_message_may_be_due_as_late_as_a_datetime_can_say(eta: str, seconds: float) -> None:
    (fact,) = decode(published(RECEIVED | {"eta": eta}), seen=13.0)
    assert isinstance(fact, facts.Received) and fact.eta == seconds


def test_what_a_worker_calls_itself_is_bounded() -> None:
    online = {"type": "worker-online", "timestamp": 1.0, "sw_ident": "s" * 10_000}
    (fact,) = decode(published(online), 1)
    assert isinstance(fact, facts.Online) and len(fact.software) == 200


class Stopped:
    """A source of events, and its server, which can be stopped: it takes what is sent, and says nothing, as a
    half-open connection does."""

    def __init__(self, rig: Rig) -> None:
        assert rig.state.url and rig.state.server_pid
        self.told: list[facts.AnyFact] = []
        self.pid = rig.state.server_pid
        self.source = Events(rig.state.url, "", self.told.append)

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.told if type(fact) is kind]

    def __enter__(self) -> Stopped:
        self.source.start()
        wait_until(lambda: self.of(facts.Connected), what="a connection")
        begun = self.source.heard
        wait_until(lambda: self.source.heard > begun + 1, what="the answer to a ping")
        assert not self.of(facts.Disconnected)
        os.kill(self.pid, signal.SIGSTOP)
        wait_until(lambda: self.of(facts.Disconnected), what="the silence is seen")
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGCONT)
        self.source.stop()
        self.source.join(5)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        yield rig


def test_a_server_that_stands_still_is_named_at_once_and_has_lost_nothing_when_it_goes_on(rig: Rig) -> None:
    with Stopped(rig) as stopped:
        assert stopped.of(facts.Disconnected)[0].why == "half-open: no answer within 1.5 s"
        os.kill(stopped.pid, signal.SIGCONT)
        wait_until(lambda: len(stopped.of(facts.Connected)) == 2, what="it is heard again")
        assert not stopped.of(facts.Gap)


def test_a_connection_that_stays_half_open_is_given_up_and_the_gap_begins_when_it_was_last_heard(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "GIVEN_UP", 2.0)
    before = time.time()
    with Stopped(rig) as stopped:
        seen = stopped.of(facts.Disconnected)[0].at
        wait_until(lambda: len(stopped.of(facts.Disconnected)) > 1, what="it is given up")
        os.kill(stopped.pid, signal.SIGCONT)
        wait_until(lambda: stopped.of(facts.Gap), 20, what="the connection is back")
        gap = stopped.of(facts.Gap)[0]
        assert before < gap.since < seen and gap.why.startswith("half-open")

"""Decoding of events: what a worker says, and what somebody else may put on its channel."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from pathlib import Path
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


def test_a_server_that_no_longer_answers_is_a_lost_connection_and_the_gap_begins_when_it_was_last_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PING_EVERY", 0.5)
    told: list[facts.AnyFact] = []

    def of(kind: type) -> list[Any]:
        return [fact for fact in told if type(fact) is kind]

    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        assert rig.state.url and rig.state.server_pid
        source = Events(rig.state.url, "", told.append)
        source.start()
        try:
            wait_until(lambda: of(facts.Connected), what="a connection")
            begun = source.heard
            wait_until(lambda: source.heard > begun + 1, what="the answer to a second ping")
            assert not of(facts.Disconnected)
            # Stopped, it takes what is sent and says nothing: as a half-open connection does.
            os.kill(rig.state.server_pid, signal.SIGSTOP)
            stopped = time.time()
            wait_until(lambda: of(facts.Disconnected), what="the loss is seen")
            os.kill(rig.state.server_pid, signal.SIGCONT)
            wait_until(lambda: of(facts.Gap), 20, what="the connection is back")
        finally:
            os.kill(rig.state.server_pid, signal.SIGCONT)
            source.stop()
            source.join(5)
    assert "no answer" in of(facts.Disconnected)[0].why
    assert stopped - 1 < of(facts.Gap)[0].since < stopped + 0.1

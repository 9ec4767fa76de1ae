"""Decoding of events: what a worker says, and what somebody else may put on its channel."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lab.watch import facts
from lab.watch.events import BadEvent, decode


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
        published({"type": "task-started", "timestamp": 1.0}),
        published({**RECEIVED, "eta": "tomorrow"}),
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

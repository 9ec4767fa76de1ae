"""What workers reply is untrusted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lab.watch.sources.inspection.pidbox import LARGEST, BadReply, reply, request


def message(body: Any, **more: Any) -> bytes:
    text = base64.b64encode(json.dumps(body).encode()).decode()
    return json.dumps({"body": text, "content-type": "application/json", **more}).encode()


def test_a_reply_names_its_worker() -> None:
    assert reply(message({"w1@lab": {"pid": 5}})) == ("w1@lab", {"pid": 5})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 10_000,
        b'{"body": 5}',
        message([]),
        message({}),
        message({"a": {}, "b": {}}),
        message({"a": "nothing"}),
        message({"a": {}}, **{"content-type": "application/x-python-serialize"}),
        json.dumps(
            {"body": base64.b64encode(b"\xff\xfe").decode(), "content-type": "application/json"}
        ).encode(),
        b"x" * (LARGEST + 1),
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    with pytest.raises(BadReply):
        reply(data)


def test_a_request_is_for_all_unless_it_names_some() -> None:
    body = json.loads(base64.b64decode(json.loads(request("stats", "key"))["body"]))
    assert body["destination"] is None
    assert body["reply_to"] == {"exchange": "", "routing_key": "key"}
    body = json.loads(base64.b64decode(json.loads(request("stats", "key", ["w1@lab"]))["body"]))
    assert body["destination"] == ["w1@lab"]

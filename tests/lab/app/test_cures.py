"""The lock, the hops and the rows, on a real server: what they do, and what they say they do not do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.exceptions import Ignore

from lab.app.celery_app import TASK_CLASS, make_app
from lab.app.cures import hops, lock, row
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        made = Rig.start(Settings(workers=0))
    with made:
        made.wait_ready(20)
        yield made.state.url or ""


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    with connect(url) as made:
        made.flushall()
        yield made


def test_the_lock_is_taken_once_until_it_expires(client: redis.Redis) -> None:
    assert lock.take(client, "k", "w1", 60)
    assert not lock.take(client, "k", "w2", 60)
    assert client.get("k") == b"w1" and 0 < client.ttl("k") <= 60
    assert lock.take(client, "other", "w2", 60)


def test_a_task_called_directly_takes_no_lock(url: str, client: redis.Redis) -> None:
    app = make_app({"BROKER_URL": url, TASK_CLASS: "lab.app.cures.lock:Locked"})
    calls: list[int] = []

    def body() -> None:
        calls.append(1)

    task = app.task(body, name="direct")
    task()
    task()
    assert calls == [1, 1] and client.keys("*") == []


def test_the_lock_is_under_the_apps_prefix_one_for_each_attempt(url: str, client: redis.Redis) -> None:
    app = make_app({"BROKER_URL": url, "LAB_PREFIX": "p:", TASK_CLASS: "lab.app.cures.lock:Locked"})
    calls: list[int] = []

    def body() -> None:
        calls.append(1)

    task = app.task(body, name="once")

    def trace(retries: int) -> None:
        from celery.app.trace import build_tracer

        request: dict[str, Any] = {"id": "an-id", "retries": retries, "is_eager": False}
        request |= {"called_directly": False, "hostname": "w1", "delivery_info": {}}
        build_tracer("once", task, app=app)("an-id", (), {}, request)

    trace(0)
    trace(0)
    trace(1)
    assert len(calls) == 2
    assert sorted(client.keys("*")) == [b"p:unacked-lock:an-id:0", b"p:unacked-lock:an-id:1"]


def test_a_copy_is_dropped_also_where_nobody_can_be_told(
    url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the broker is away")

    app = make_app({"BROKER_URL": url, TASK_CLASS: "lab.app.cures.lock:Locked"})

    def body() -> None:
        return

    task = app.task(body, name="told")
    monkeypatch.setattr(lock.Locked, "send_event", fails)
    task.push_request(id="an-id", retries=0, called_directly=False, hostname="w1")
    task()
    with pytest.raises(Ignore):
        task()


class Sends:
    """An app that only remembers what it was to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, float, str | None, list[Any]]] = []

    def send_task(
        self, name: str, args: list[Any], countdown: float | None, task_id: str | None = None
    ) -> None:
        self.sent.append((name, countdown or 0.0, task_id, args))


def test_hops_are_as_few_and_as_long_as_can_be_and_the_last_sends_the_task() -> None:
    app = Sends()
    due = time.time() + 7200
    task_id = hops.send(app, "mine", ["a"], due=due, longest=1800)
    name, wait, hop_id, args = app.sent[0]
    assert name == hops.NAME and hop_id is None and 1799 <= wait <= 1800
    assert args == ["mine", ["a"], due, 1800, task_id]
    hops.send(app, *args[:2], due=time.time() + 900, longest=1800, task_id=task_id)
    name, wait, last_id, args = app.sent[1]
    assert (name, last_id, args) == ("mine", task_id, ["a"]) and 899 <= wait <= 900


def test_a_hop_that_comes_late_sends_the_task_at_once() -> None:
    app = Sends()
    hops.send(app, "mine", [], due=time.time() - 5, longest=10)
    assert app.sent[0][:2] == ("mine", 0.0)


def test_a_row_is_claimed_once_when_it_is_due(tmp_path: Path) -> None:
    base = tmp_path / row.FILE
    late, soon = row.put(base, "mine", ["b"], 200.0), row.put(base, "mine", ["a"], 100.0)
    assert row.claim(base, 99.0) == []
    assert row.claim(base, 150.0) == [(soon, "mine", ["a"])]
    assert row.claim(base, 150.0) == []
    row.note_sent(base, soon, 150.0)
    assert row.waiting(base) == [late]


def test_a_row_that_was_claimed_and_not_sent_comes_back_after_the_lease(tmp_path: Path) -> None:
    base = tmp_path / row.FILE
    task_id = row.put(base, "mine", [], 100.0)
    assert row.claim(base, 101.0)
    assert row.claim(base, 101.0 + row.LEASE + 1) == [(task_id, "mine", [])]


def test_a_row_can_be_cancelled_until_it_is_claimed(tmp_path: Path) -> None:
    base = tmp_path / row.FILE
    task_id = row.put(base, "mine", [], 100.0)
    assert row.cancel(base, task_id) and row.claim(base, 101.0) == []
    task_id = row.put(base, "mine", [], 100.0)
    row.claim(base, 101.0)
    assert not row.cancel(base, task_id)


@pytest.mark.parametrize("piece", [lock, hops, row])
def test_a_piece_can_be_taken_along_and_promises_no_exactly_once(piece: Any) -> None:
    source = Path(piece.__file__).read_text()
    assert "not exactly-once" in " ".join(source.split())
    assert "from lab" not in source and "import lab" not in source

"""A prefix on a named broker: a lab's own is used again, anybody else's is refused before a worker starts."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from lab.commands.cli import cli
from lab.rig import claim, registry
from lab.rig.broker import BrokerError, free_port
from lab.rig.claim import MARK, claim_prefix
from lab.rig.rig import Rig, RigError
from lab.settings import Settings
from tests.lab.watch.sources.reader import port_of, serving
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def url(server: Any) -> str:
    server.flushall()
    return f"redis://127.0.0.1:{port_of(server)}/0"


@contextmanager
def beating(client: redis.Redis, channel: str, worker: str) -> Iterator[None]:
    """Heartbeats as a worker publishes them, which nobody but a listener hears."""
    body = json.dumps({"type": "worker-heartbeat", "timestamp": time.time(), "hostname": worker}).encode()
    message, over = json.dumps({"body": base64.b64encode(body).decode()}), threading.Event()

    def beat() -> None:
        while not over.wait(0.05):
            client.publish(channel, message)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def bind(client: redis.Redis, prefix: str, worker: str) -> None:
    """The binding of a worker for remote control, as kombu writes it."""
    client.sadd(f"{prefix}_kombu.binding.celery.pidbox", f"\x06\x16\x06\x16{worker}.celery.pidbox")


def test_an_empty_prefix_is_marked_and_nothing_else_is_touched(url: str, server: Any) -> None:
    server.set("mine", "somebody's, and not under the prefix")
    server.set("theirs:unacked", "")
    claim_prefix(url, "mine:")
    assert sorted(server.keys()) == [b"mine", b"mine:" + MARK.encode(), b"theirs:unacked"]


def test_a_prefix_that_is_a_pattern_is_taken_by_its_letters(url: str, server: Any) -> None:
    server.set("anything:at all", "")
    claim_prefix(url, "any*:")
    assert server.exists("any*:" + MARK)


def test_keys_of_somebody_else_are_refused_with_the_way_to_watch_them(url: str, server: Any) -> None:
    server.lpush("theirs:celery", "a message")
    before = {key: server.dump(key) for key in server.scan_iter()}
    with pytest.raises(BrokerError, match=r"theirs:celery.*python -m tui redis://127") as caught:
        claim_prefix(url, "theirs:")
    assert "\n" not in str(caught.value)
    assert {key: server.dump(key) for key in server.scan_iter()} == before


def test_workers_that_are_bound_under_it_are_named(url: str, server: Any) -> None:
    for worker in ("w1@lab", "w2@lab", "w3@\x1b[2J", "w4@lab"):
        bind(server, "theirs:", worker)
    with pytest.raises(BrokerError, match=r"workers w1@lab, w2@lab, w3@.* and 1 more") as caught:
        claim_prefix(url, "theirs:")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("channel", ["mine:/0.celeryev/worker.heartbeat", "mine:/0.celeryev"])
def test_a_worker_heard_under_the_labs_own_prefix_is_refused(url: str, server: Any, channel: str) -> None:
    claim_prefix(url, "mine:")
    with beating(server, channel, "api@prod"), pytest.raises(BrokerError, match="worker api@prod"):
        claim_prefix(url, "mine:")


@pytest.mark.parametrize(
    "channel",
    ["mine:/3.celeryev/worker.heartbeat", "mine:1:/0.celeryev/worker.heartbeat", "mine:/0.celeryev/x"],
)
def test_workers_of_another_db_or_prefix_are_no_hindrance(url: str, server: Any, channel: str) -> None:
    claim_prefix(url, "mine:")
    # What stale workers of a killed lab left is the lab's own.
    bind(server, "mine:", "w1@lab")
    with beating(server, channel, "api@prod"):
        claim_prefix(url, "mine:")


def test_where_not_all_can_be_looked_through_it_is_refused(
    url: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "SCAN_COUNT", 10)
    monkeypatch.setattr(claim, "SCAN_CALLS", 3)
    server.mset({f"k{n}": "" for n in range(200)})
    with pytest.raises(BrokerError, match="not all could be looked through"):
        claim_prefix(url, "mine:")
    assert not server.exists("mine:" + MARK)


def test_a_broker_that_cannot_be_asked_is_refused_in_one_line(server: Any) -> None:
    with pytest.raises(BrokerError, match="refused") as caught:
        claim_prefix(f"redis://:hunter2@127.0.0.1:{free_port()}/0", "mine:")
    assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)


def test_no_keeper_is_started_over_somebody_elses_prefix(url: str, server: Any) -> None:
    server.lpush("theirs:celery", "a message")
    with pytest.raises(RigError, match="theirs:celery"):
        Rig.start(Settings(broker_url=url, lab_prefix="theirs:", workers=1))
    assert registry.alive() == []
    result = CliRunner().invoke(cli, ["up", "--broker", url, "--lab-prefix", "theirs:"])
    assert result.exit_code == 2 and "theirs:celery" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_second_lab_of_ones_own_uses_the_prefix_with_the_first(url: str, server: Any) -> None:
    settings = Settings(broker_url=url, lab_prefix="mine:", workers=1, concurrency=1)
    with Rig.start(settings) as first:
        wait_until(lambda: server.pubsub_numpat() >= 1, 30, "the first lab's worker listens")
        with beating(server, "mine:/0.celeryev/worker.heartbeat", "w1@lab"), Rig.start(settings) as second:
            second.wait_ready(10)
            assert first.state.prefix == second.state.prefix == "mine:"
    assert server.exists("mine:" + MARK)

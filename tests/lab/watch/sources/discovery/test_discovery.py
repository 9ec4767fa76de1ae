"""Deployments found on a real server, with real workers of several on it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest

from lab.app.celery_app import CONF, make_app
from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.settings import Settings
from lab.watch.broker.connection import connect
from lab.watch.broker.layout import SEP
from lab.watch.sources.discovery import discovery
from lab.watch.sources.discovery.deployment import Discovery, Found
from lab.watch.sources.discovery.discovery import discover
from tests.lab.watch.sources.monitoring import Monitor, by_tcp
from tests.waiting import wait_until

STEPS = json.dumps({"broker_transport_options": {"sep": ":", "priority_steps": list(range(10))}})
"""The transport options of the deployment `acme:`."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        rig = Rig.start(Settings(workers=0), workers=[WorkerSpec("plain@lab", 1, 60, 10, 10)])
        rig.wait_ready(20)
        rig.add_worker(
            WorkerSpec("acme@lab", 1, 60, 10, 10, environment={"LAB_PREFIX": "acme:", CONF: STEPS})
        )
        three = f"{rig.state.url}?virtual_host=3"
        rig.add_worker(
            WorkerSpec(
                "three@lab", 1, 60, 10, 10, environment={"BROKER_URL": three}, options=["-Q", "low,high"]
            )
        )
        with connect(rig.state.url or "") as client:
            wait_until(
                lambda: sum(int(each["psub"]) for each in client.client_list(_type="pubsub")) == 6,
                30,
                "three workers hear requests",
            )
        yield rig
        rig.close()


def by_place(result: Discovery) -> dict[tuple[int, str], Found]:
    return {(each.db, each.prefix): each for each in result.found}


def test_deployments_are_found_across_dbs_and_prefixes(rig: Rig) -> None:
    begun = time.monotonic()
    result = discover(rig.state.url or "")
    assert time.monotonic() - begun < 4.5
    found = by_place(result)
    assert set(found) == {(0, ""), (0, "acme:"), (3, "")}
    plain, acme, three = found[0, ""], found[0, "acme:"], found[3, ""]
    assert [each.workers for each in (plain, acme, three)] == [{"plain@lab"}, {"acme@lab"}, {"three@lab"}]
    assert [each.sep for each in (plain, acme, three)] == [SEP, ":", SEP]
    assert (plain.queues, acme.queues) == ({"celery": ["celery"]}, {"celery": ["celery"]})
    assert set(three.queues) == {"low", "high"}
    assert (three.event_exchange, three.fanout) == ("celeryev", "/3.")
    assert all(each.how == {"heartbeat", "bindings"} and each.unacked is None for each in result.found)
    assert result.complete and not result.refused


def test_the_lists_of_priorities_are_found_with_any_steps_and_the_unacked_hash(rig: Rig) -> None:
    url = rig.state.url or ""
    app = make_app({"BROKER_URL": url, "LAB_PREFIX": "acme:", CONF: STEPS})
    rig.freeze_worker("acme@lab")
    with connect(url) as client:
        # It waits for a second at a time, and what comes meanwhile is popped for it.
        wait_until(
            lambda: any(each["cmd"] == "brpop" and int(each["idle"]) >= 2 for each in client.client_list())
        )
        for priority in (0, 4, 4, 9):
            app.send_task("lab.run", priority=priority)
        client.hset("acme:unacked", "tag", "{}")
        acme_found = by_place(discover(url))[0, "acme:"]
        assert acme_found.queues == {"celery": ["celery", "celery:4", "celery:9"]}
        assert sum(client.llen(f"acme:{each}") for each in acme_found.queues["celery"]) == 4
        assert acme_found.unacked == "acme:unacked"
        client.delete("acme:unacked", *(f"acme:{each}" for each in acme_found.queues["celery"]))
    rig.thaw_worker("acme@lab")
    app.close()


def test_nothing_is_written_and_keys_is_never_asked(rig: Rig) -> None:
    url = by_tcp(rig.state.url or "")
    with connect(url) as client:
        before = set(client.scan_iter())
        with Monitor(url) as monitor:
            discover(url, 1.0)
            client.ping()
        assert set(client.scan_iter()) == before
    sent = {command.words[0] for command in monitor.commands}
    assert "KEYS" not in sent and {"SCAN", "PSUBSCRIBE"} <= sent


def test_a_large_db_is_not_scanned_to_its_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SCAN_CALLS", 3)
    with connect(f"{rig.state.url}?virtual_host=7") as client:
        client.mset({f"key-{number}": "" for number in range(20_000)})
        result = discover(f"{rig.state.url}?virtual_host=7")
        client.flushdb()
    assert not result.complete
    # Heartbeats tell all the same, and what their tables are called.
    assert by_place(result)[3, ""].sep == SEP and by_place(result)[3, ""].workers == {"three@lab"}


def test_what_is_not_permitted_is_named(rig: Rig) -> None:
    url = rig.state.url or ""
    with connect(url) as client:
        client.acl_setuser(
            "reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-psubscribe", "-scan"]
        )
        result = discover(url.replace("//", "//reader:pw@"), 1.0)
        client.acl_deluser("reader")
    assert {"heartbeats", "all keys"} <= set(result.refused)
    assert not result.found


def test_a_channel_that_names_a_db_that_is_not_there_is_no_fault(rig: Rig) -> None:
    with connect(rig.state.url or "") as client, client.pubsub() as heard:
        heard.psubscribe("*worker.heartbeat")
        beats = (message for message in heard.listen() if message["type"] == "pmessage")
        beat = next(beats)["data"]
        ended = threading.Event()
        thread = threading.Thread(target=repeat, args=(rig.state.url, beat, ended))
        thread.start()
        result = discover(rig.state.url or "")
        ended.set()
        thread.join()
    assert result.refused["_kombu.binding.celery on db 99999"] == "refused: DB index is out of range"
    assert {(0, ""), (0, "acme:"), (3, "")} < set(by_place(result))


def repeat(url: str, beat: bytes, ended: threading.Event) -> None:
    """Publish a worker's heartbeat where none comes from."""
    with connect(url) as client:
        while not ended.wait(0.2):
            client.publish("/99999.celeryev/worker.heartbeat", beat)

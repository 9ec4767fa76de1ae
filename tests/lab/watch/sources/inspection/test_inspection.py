"""Asking workers for their settings, with real workers: what they say, and that asking harms nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.settings import Settings
from lab.watch.broker.connection import connect
from lab.watch.broker.layout import Layout
from lab.watch.facts import AnyFact, Configured, Unknown
from lab.watch.sources.inspection.inspection import Inspection, configured, kombu_version
from tests.lab.watch.sources.monitoring import Monitor, by_tcp
from tests.waiting import wait_until

VISIBILITY_TIMEOUT = 43_200
PREFIX = "acme:"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        settings = Settings(workers=0, lab_prefix=PREFIX)
        workers = [
            WorkerSpec("w1@lab", 1, VISIBILITY_TIMEOUT, 7, 3),
            WorkerSpec("w2@lab", 1, VISIBILITY_TIMEOUT + 1, 0, 0, pool="threads"),
        ]
        rig = Rig.start(settings, workers=workers)
        rig.wait_ready(20)
        assert rig.state.url
        with connect(rig.state.url) as client:
            # Each subscribes twice: to requests, and to the events of the other.
            wait_until(lambda: subscriptions(client) == 4, 20, "both workers hear requests")
        yield by_tcp(rig.state.url)
        rig.close()


@pytest.fixture(autouse=True)
def no_spacing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.watch.sources.inspection.inspection.SPACING", 0.0)
    monkeypatch.setattr("lab.watch.sources.inspection.inspection.SETTLE", 0.5)


def subscriptions(client: Any) -> int:
    return sum(int(each["psub"]) for each in client.client_list(_type="pubsub"))


class Asking:
    """An asker at work and what it emitted."""

    def __init__(self, url: str, layout: Layout | str = PREFIX) -> None:
        self.facts: list[AnyFact] = []
        self.inspection = Inspection(url, layout, self.facts.append)

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]

    def __enter__(self) -> Asking:
        self.inspection.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.inspection.stop()
        self.inspection.join(5)


def test_workers_tell_what_they_run_with(url: str) -> None:
    with Asking(url) as asking:
        wait_until(lambda: len(asking.of(Configured)) == 2)
    said = {
        fact.worker: (fact.visibility_timeout, fact.interval, fact.throttle, fact.pool, fact.by)
        for fact in asking.of(Configured)
    }
    assert said == {
        "w1@lab": (VISIBILITY_TIMEOUT, 7.0, 3, "prefork", "worker"),
        # Nothing between two calls is kombu's default; a throttle of nothing is every call.
        "w2@lab": (VISIBILITY_TIMEOUT + 1, 10.0, 1, "thread", "worker"),
    }
    assert not asking.of(Unknown) and all(fact.pid for fact in asking.of(Configured))


def test_a_worker_that_comes_online_is_asked_without_waiting_for_the_next_round(url: str) -> None:
    with Asking(url) as asking:
        wait_until(lambda: len(asking.of(Configured)) == 2)
        asking.inspection.request()
        wait_until(lambda: len(asking.of(Configured)) == 4, 15)


def test_entries_that_are_older_than_an_hour_stay_where_they_are(url: str) -> None:
    old = time.time() - 4_000
    message = {"headers": {"id": "i", "task": "lab.run"}, "properties": {"priority": 0, "delivery_info": {}}}
    with connect(url) as client, Asking(url) as asking:
        for tag in ("t1", "t2", "t3"):
            client.hset(f"{PREFIX}unacked", tag, json.dumps([message, "", "celery"]))
            client.zadd(f"{PREFIX}unacked_index", {tag: old})
        wait_until(lambda: len(asking.of(Configured)) == 2)
        asking.inspection.request()
        wait_until(lambda: len(asking.of(Configured)) == 4, 15)
        assert client.zrangebyscore(f"{PREFIX}unacked_index", 0, "+inf", withscores=True) == [
            (tag, pytest.approx(old)) for tag in (b"t1", b"t2", b"t3")
        ]
        client.delete(f"{PREFIX}unacked", f"{PREFIX}unacked_index")


def test_every_command_is_a_question_or_concerns_our_own_list(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        before = set(client.scan_iter())
        members = {key: client.smembers(key) for key in before if b"_kombu.binding." in key}
        with Monitor(url) as monitor, Asking(url) as asking:
            wait_until(lambda: len(asking.of(Configured)) == 2)
            # As long as the list stands, and while it is asked: one connection, told by its name.
            (ours,) = (each["addr"] for each in client.client_list() if each["name"] == "unacked")
        wait_until(lambda: any(command.words[0] == "DEL" for command in monitor.commands))
        assert set(client.scan_iter()) == before
        assert {key: client.smembers(key) for key in members} == members
    sent = [command.words for command in monitor.commands if command.sender == ours]
    own = asking.inspection.pidbox.key
    for words in sent:
        match words[0]:
            case "DEL" | "RPUSH" | "EXPIRE" | "LRANGE":
                assert words[1] == own
            case "PUBLISH":
                assert words[1] == f"{PREFIX}/0.celery.pidbox"
            case other:
                assert other in {"HELLO", "CLIENT", "PING", "MULTI", "EXEC"}
    # The settings of interval and throttle mean nothing without the version, which is asked for once.
    assert [words[0] for words in sent].count("PUBLISH") == 2


def test_where_nobody_listens_it_is_said_once_and_only_if_workers_are_heard(url: str) -> None:
    with Asking(url, Layout(PREFIX, fanout_prefix="/other.")) as asking:
        wait_until(lambda: asking.inspection.pidbox.read == 0 and not asking.inspection.pidbox.owed)
        assert not asking.of(Unknown)
        asking.inspection.request()
        wait_until(lambda: asking.of(Unknown), 15)
        (unknown,) = asking.of(Unknown)
    assert (unknown.source, unknown.what) == ("inspection", "the workers' settings")
    assert "worker_enable_remote_control" in unknown.why


def test_where_nobody_answers_it_is_said_and_the_list_is_left_to_expire(url: str) -> None:
    with connect(url) as client, client.pubsub() as deaf:
        deaf.subscribe(f"{PREFIX}/deaf.celery.pidbox")
        with Asking(url, Layout(PREFIX, fanout_prefix="/deaf.")) as asking:
            wait_until(lambda: asking.of(Unknown), 10)
        assert "no worker answers" in asking.of(Unknown)[0].why
        # Whoever was asked may still answer: into a list that goes by itself.
        own = asking.inspection.pidbox.key
        assert 0 < client.ttl(own) <= 600
        client.delete(own)


def test_what_is_not_permitted_is_said_once(url: str) -> None:
    with connect(url) as client:
        client.acl_setuser(
            "reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@read", "+@connection"]
        )
        with Asking(url.replace("//", "//reader:pw@")) as asking:
            wait_until(lambda: asking.of(Unknown), 10)
            asking.inspection.request()
            wait_until(lambda: not asking.inspection._requested.is_set(), 15)
        client.acl_deluser("reader")
    (unknown,) = asking.of(Unknown)
    assert "permission" in unknown.why.lower() and not asking.of(Configured)


def test_no_transport_options_mean_kombus_defaults() -> None:
    fact = configured("w", {"broker": {"transport_options": {}}, "pool": {}}, 1.0)
    assert fact and (fact.visibility_timeout, fact.interval, fact.throttle) == (3600.0, 10.0, 10)
    assert fact.pool == ""


@pytest.mark.parametrize(
    ("kombu", "interval", "throttle"), [(None, None, None), ((5, 6), 10.0, 10), ((5, 7), 2.5, 4)]
)
def test_interval_and_throttle_count_from_kombu_5_7_on(
    kombu: tuple[int, int] | None, interval: float | None, throttle: int | None
) -> None:
    options = {"unacked_restore_interval": 2.5, "unacked_restore_throttle": 4, "visibility_timeout": "43200"}
    fact = configured("w", {"broker": {"transport_options": options}, "pool": {}}, 1.0, kombu)
    assert fact and (fact.interval, fact.throttle) == (interval, throttle)
    assert fact.visibility_timeout == 43_200.0


def test_the_version_stands_in_a_workers_report() -> None:
    # As celery 5.4.0 answers.
    text = "\nsoftware -> celery:5.4.0 (opalescent) kombu:5.4.2 py:3.11.7\n  billiard:4.3.2 redis:5.3.1"
    assert kombu_version({"ok": text}) == (5, 4)
    assert kombu_version({"ok": "nothing"}) is None and kombu_version(None) is None


@pytest.mark.parametrize(
    "stats",
    [
        None,
        [],
        {},
        {"broker": 5},
        {"broker": {"transport_options": []}, "pool": 5},
        {"broker": {"transport_options": ["unacked_restore_interval"]}, "pool": {}},
        *(
            {"broker": {"transport_options": {"visibility_timeout": value}}, "pool": {}}
            for value in ("x", None, -1, "inf", "nan", 1e300, [])
        ),
        {"broker": {}, "pool": {}, "pid": [1]},
        {"broker": {}, "pool": {}, "pid": 2**70},
    ],
)
def test_an_answer_that_does_not_fit_says_nothing(stats: Any) -> None:
    assert configured("w", stats, 1.0) is None

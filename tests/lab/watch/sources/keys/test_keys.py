"""The reader of keys, on the real server: what it sees, and that its cost does not depend on the backlog."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch import facts
from lab.watch.broker.connection import connect
from lab.watch.broker.layout import Layout
from lab.watch.sources.events import Events
from lab.watch.sources.keys.keys import HEAD, Keys
from tests.lab.watch.sources.monitoring import by_tcp
from tests.lab.watch.sources.reader import Reader, port_of, put, serving, sweep
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        rig = Rig.start(Settings(workers=0))
        rig.wait_ready(20)
        assert rig.state.url
        yield rig.state.url
        rig.close()


@pytest.fixture
def client(url: str) -> Iterator[Any]:
    with connect(url) as client:
        client.flushall()
        client.config_resetstat()
        yield client


def fill(client: Any, count: int, age: float = 1000.0) -> None:
    begin = time.time() - age
    pipe = client.pipeline(transaction=False)
    for n in range(count):
        pipe.zadd("unacked_index", {f"old-{n}": begin + n * 1e-3})
        pipe.hset("unacked", f"old-{n}", json.dumps([{"headers": {"id": f"old-{n}"}}, "", "celery"]))
        if n % 5_000 == 4_999:
            pipe.execute()
    pipe.execute()


def test_an_entry_is_seen_with_its_score_and_payload_and_when_it_leaves(url: str, client: Any) -> None:
    with Reader(url) as reader:
        now = time.time()
        put(client, "t1", now, argsrepr="['X']")
        wait_until(lambda: reader.of(facts.Payload))
        (popped,) = reader.of(facts.Popped)
        assert (popped.tag, popped.at) == ("t1", now)
        assert reader.of(facts.Payload)[0].id == "id-t1"
        put(client, "t1", now + 5)
        wait_until(lambda: len(reader.of(facts.Popped)) == 2, what="the pop after it")
        client.zrem("unacked_index", "t1")
        wait_until(lambda: reader.of(facts.Left))
        assert len(reader.of(facts.Popped)) == 2


def test_a_new_message_behind_a_large_backlog_appears_at_once(url: str, client: Any) -> None:
    fill(client, 20_000)
    with Reader(url) as reader:
        assert len(reader.of(facts.Popped)) == HEAD
        before = len(reader.of(facts.Totals))
        put(client, "new", time.time())
        wait_until(lambda: any(fact.tag == "new" for fact in reader.of(facts.Payload)))
        assert len(reader.of(facts.Totals)) - before <= 3
        assert reader.of(facts.Totals)[-1].unacked == 20_001


@pytest.mark.parametrize("entries", [1, 20_000])
def test_the_commands_of_a_reading_do_not_depend_on_the_backlog(url: str, client: Any, entries: int) -> None:
    fill(client, entries)
    with Reader(url) as reader:
        calls = client.info("commandstats")
        readings = len(reader.of(facts.Totals))
        wait_until(lambda: len(reader.of(facts.Totals)) >= readings + 5)
        after = client.info("commandstats")
        seen = len(reader.of(facts.Totals)) - readings
    sent = sum(stat["calls"] - calls.get(name, {"calls": 0})["calls"] for name, stat in after.items())
    # Fifteen commands each, eleven and four for the one queue, whatever stands there; one more reading may
    # have begun, and one have asked for the memory and the role.
    assert sent <= 15 * (seen + 1) + 5 + 2
    assert "cmdstat_zrange" not in after and "cmdstat_zrevrangebyscore" not in after


def test_what_comes_faster_than_it_is_read_is_counted(url: str, client: Any) -> None:
    with Reader(url) as reader:
        now = time.time()
        pipe = client.pipeline()
        for n in range(3_000):
            pipe.zadd("unacked_index", {f"burst-{n}": now + n * 1e-6})
        pipe.execute()
        wait_until(lambda: any(total.unread for total in reader.of(facts.Totals)))


def test_the_look_of_anybody_else_at_a_sorted_set_is_no_sweep(url: str, client: Any) -> None:
    with Reader(url) as reader:
        for n in range(20):
            client.zrange("scores", 0, n)
        sweep(client)
        wait_until(lambda: reader.of(facts.Swept))
        assert sum(swept.count for swept in reader.of(facts.Swept)) == 1


def test_sweeps_of_workers_are_counted_by_their_commands(url: str, client: Any) -> None:
    with Reader(url) as reader:
        sweep(client)
        wait_until(lambda: reader.of(facts.Swept))
        (swept,) = reader.of(facts.Swept)
        assert swept.count == 1 and swept.at - swept.since < 1


def test_a_sweep_is_dated_on_the_observers_clock(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = time.time
    monkeypatch.setattr("lab.watch.sources.keys.keys.time.time", lambda: ahead() + 1000)
    with Reader(url) as reader:
        before = time.time()
        sweep(client)
        after = time.time()
        wait_until(lambda: reader.of(facts.Swept))
        (swept,) = reader.of(facts.Swept)
    # The server's own clock is 1,000 s behind this one. The sweep lies within what the fact says.
    assert swept.since <= before and after <= swept.at + 0.01
    assert all(total.at > before - 10 for total in reader.of(facts.Totals))
    assert reader.of(facts.Server)[0].skew == pytest.approx(-1000, abs=1)


def test_only_the_own_prefix_is_seen_even_one_with_glob_characters(url: str, client: Any) -> None:
    with Reader(url, "lab[1]*:") as reader:
        put(client, "other", time.time())
        put(client, "mine", time.time(), prefix="lab[1]*:")
        wait_until(lambda: reader.of(facts.Payload))
        assert {fact.tag for fact in reader.of(facts.Popped)} == {"mine"}


@pytest.mark.parametrize(
    "value",
    [
        b"\x80\x04pickle",
        b"[]",
        b"[{}, 1, 2]",
        b"x" * 100_000,
        b"[" * 10_000,
        b'[{"headers": {"id": "\xff"}}, "", "celery"]',
        b'[{"headers": {"id": "i", "eta": "soon"}}, "", "celery"]',
    ],
)
def test_an_unreadable_payload_is_a_fact_and_no_fault(url: str, client: Any, value: bytes) -> None:
    with Reader(url) as reader:
        client.hset("unacked", "bad", value)
        client.zadd("unacked_index", {"bad": time.time()})
        wait_until(lambda: reader.of(facts.Unreadable))
        put(client, "good", time.time())
        wait_until(lambda: reader.of(facts.Payload))
        assert len(reader.of(facts.Unreadable)) == 1


def test_reading_writes_nothing(url: str, client: Any) -> None:
    put(client, "t1", time.time())
    before = {key: client.dump(key) for key in client.scan_iter()}
    with Reader(url) as reader:
        wait_until(lambda: reader.of(facts.Payload))
    assert {key: client.dump(key) for key in client.scan_iter()} == before


def test_a_broker_that_refuses_is_a_fact_and_is_tried_again() -> None:
    told: list[facts.AnyFact] = []
    keys = Keys("redis://127.0.0.1:1/0", "", told.append)
    keys.start()
    wait_until(lambda: len(told) >= 3)
    keys.stop()
    keys.join(5)
    begun, *lost = told
    assert isinstance(begun, facts.Connecting)
    assert all(isinstance(fact, facts.Disconnected) for fact in lost)
    assert all(fact.why.startswith("away: nothing listens there") for fact in lost)


def test_one_bad_value_costs_none_of_those_that_are_read_with_it(url: str, client: Any) -> None:
    now = time.time()
    for n in range(20):
        put(client, f"good-{n}", now + n * 1e-3)
    client.hset("unacked", "bad", b'[{"headers": {"id": "\xff\xfe"}}, "", "celery"]')
    client.zadd("unacked_index", {"bad": now + 1.0})
    client.zadd("unacked_index", {b"no \xff text": now})
    with Reader(url) as reader:
        wait_until(lambda: len(reader.of(facts.Payload)) == 20)
        reader.readings(3)
        assert len(reader.of(facts.Unreadable)) == 2, "the value and the tag, each once"
        assert not reader.of(facts.Left) and not reader.of(facts.Disconnected)


def test_a_routing_key_that_names_no_queue_costs_itself_alone_and_is_asked_for_again(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.watch.sources.keys.depths.AGAIN", 0.5)
    client.set("a-string", "x")
    client.rpush("celery", "one", "two")
    with Reader(url) as reader:
        put(client, "t1", time.time(), queue="a-string")
        wait_until(lambda: reader.unknown(), what="the bad queue is known")
        ((what, why),) = reader.unknown().items()
        assert "queue a-string" in what and "WRONGTYPE" in why
        put(client, "t2", time.time())
        wait_until(lambda: any(fact.tag == "t2" for fact in reader.of(facts.Payload)))
        assert reader.of(facts.Totals)[-1].queued == 2
        client.delete("a-string")
        client.rpush("a-string", "three")
        wait_until(lambda: not reader.unknown(), what="it is a queue now")
        reader.readings(1)
        assert reader.of(facts.Totals)[-1].queued == 3
        assert not reader.of(facts.Disconnected)


def test_a_hash_of_another_kind_costs_itself_alone(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.watch.sources.keys.payload.AGAIN", 0.2)
    with Reader(url) as reader:
        client.set("unacked", "no hash")
        client.zadd("unacked_index", {"t1": time.time()})
        wait_until(lambda: len(reader.unknown()) == 2)
        assert all("WRONGTYPE" in why for why in reader.unknown().values())
        # Longer than a payload is asked for before it is given up: this is no fault of the entry's.
        reader.readings(10)
        client.delete("unacked")
        put(client, "t1", time.time())
        wait_until(lambda: reader.of(facts.Payload), what="the name, after all")
        assert not reader.unknown() and not reader.of(facts.Unreadable)
        assert not reader.of(facts.Disconnected)


def test_more_queues_than_are_read_are_told(url: str, client: Any) -> None:
    with Reader(url) as reader:
        for n in range(40):
            put(client, f"t{n}", time.time(), queue=f"queue-{n}")
        wait_until(lambda: reader.unknown())
        assert "beyond the first 32" in next(iter(reader.unknown()))
        assert len(reader.keys.depths.queues) == 32


def test_custom_names_steps_and_separator(url: str, client: Any) -> None:
    layout = Layout(
        prefix="acme:",
        unacked_key="held",
        unacked_index_key="held_index",
        unacked_mutex_key="held_mutex",
        sep=":",
        priority_steps=(0, 5, 9),
        queues=("mail",),
    )
    client.rpush("acme:mail", "1")
    client.rpush("acme:mail:5", "2", "3")
    client.rpush("acme:mail:9", "4")
    client.set("acme:held_mutex", "x")
    client.zadd("acme:held_index", {"t1": time.time()})
    client.hset("acme:held", "t1", json.dumps([{"headers": {"id": "i"}}, "", "mail"]))
    with Reader(url, layout) as reader:
        wait_until(lambda: reader.of(facts.Payload))
        totals = reader.of(facts.Totals)[-1]
        assert (totals.unacked, totals.index, totals.queued, totals.mutex) == (1, 1, 4, True)


def test_an_old_server_without_zmscore_tells_what_left_all_the_same(tmp_path: Path) -> None:
    with serving(tmp_path, "--rename-command", "ZMSCORE", "") as client:
        put(client, "t1", time.time())
        with Reader(f"redis://127.0.0.1:{port_of(client)}") as reader:
            wait_until(lambda: reader.of(facts.Payload))
            client.zrem("unacked_index", "t1")
            wait_until(lambda: reader.of(facts.Left))
            assert not reader.unknown() and not reader.of(facts.Disconnected)


def test_a_server_that_counts_no_commands_is_said_to_be_one(url: str) -> None:
    reader = Reader.__new__(Reader)
    reader.facts = []
    keys = Keys(url, "", reader.facts.append)
    for _ in range(2):
        keys.sweeps.told({}, 1.0, 2.0)
    assert len(reader.facts) == 1 and "sweeps" in next(iter(reader.unknown()))


def test_a_replica_says_that_it_is_one(tmp_path: Path, url: str, client: Any) -> None:
    with Reader(url) as reader:
        assert reader.of(facts.Server)[0].role == "master"
        of = by_tcp(url).rpartition(":")[2].partition("/")[0]
    with (
        serving(tmp_path, "--replicaof", f"127.0.0.1 {of}") as replica,
        Reader(f"redis://127.0.0.1:{port_of(replica)}") as reader,
    ):
        assert reader.of(facts.Server)[0].role == "slave"


def test_reading_sends_nothing_but_reading_commands(url: str, client: Any) -> None:
    put(client, "t1", time.time())
    told: list[facts.AnyFact] = []
    sent: set[str] = set()
    with connect(url) as other, client.monitor() as monitor:
        other.echo("connected")
        events = Events(url, "", told.append)
        events.start()
        with Reader(url) as reader:
            wait_until(lambda: reader.of(facts.Payload) and told)
            reader.readings(3)
            other.echo("that is all")
        events.stop()
        events.join(5)
        heard = (command["command"] for command in monitor.listen())
        # Before it the test's own client said hello.
        while "connected" not in next(heard):
            pass
        for command in heard:
            words = command.split()
            if words[0] == "ECHO":
                break
            sent.add(" ".join(words[:2]) if words[0] == "CLIENT" else words[0])
    assert sent == {
        "CLIENT SETNAME",
        "INFO",
        "TIME",
        "HLEN",
        "ZCARD",
        "EXISTS",
        "ZRANGEBYSCORE",
        "ZCOUNT",
        "ZMSCORE",
        "LLEN",
        "HSTRLEN",
        "HMGET",
        "PSUBSCRIBE",
    }


@pytest.mark.parametrize("score", [float("inf"), 1e18, -5.0])
def test_an_absurd_score_is_told_once_and_is_no_pop(url: str, client: Any, score: float) -> None:
    with Reader(url) as reader:
        client.zadd("unacked_index", {"bad": score})
        wait_until(lambda: reader.of(facts.Unreadable))
        put(client, "good", time.time())
        wait_until(lambda: reader.of(facts.Payload))
        seen = len(reader.of(facts.Totals))
        wait_until(lambda: len(reader.of(facts.Totals)) >= seen + 3)
        assert len(reader.of(facts.Unreadable)) == 1
        assert [fact.tag for fact in reader.of(facts.Popped)] == ["good"]


def test_what_a_worker_popped_whose_clock_is_ahead_leaves_after_its_pop(url: str, client: Any) -> None:
    with Reader(url) as reader:
        put(client, "t1", time.time() + 30)
        wait_until(lambda: reader.of(facts.Payload))
        client.zrem("unacked_index", "t1")
        wait_until(lambda: reader.of(facts.Left))
        assert reader.of(facts.Left)[0].at > reader.of(facts.Popped)[0].at


def test_a_message_fired_during_400_pops_a_second_appears_in_the_next_reading(url: str, client: Any) -> None:
    ended = threading.Event()

    def pops() -> None:
        # A connection of its own; 40 pops every 0.1 s, which stand: 800 within the overlap.
        with connect(url) as mine:
            for batch in range(10_000):
                now = time.time()
                mine.zadd("unacked_index", {f"busy-{batch}-{n}": now - n * 0.0025 for n in range(40)})
                if ended.wait(0.1):
                    return

    thread = threading.Thread(target=pops)
    with Reader(url) as reader:
        thread.start()
        try:
            wait_until(lambda: len(reader.of(facts.Popped)) > 1_500, 20, "more than is followed")
            for number in range(5):
                before = len(reader.of(facts.Totals))
                put(client, f"new-{number}", time.time())
                wait_until(lambda tag=f"new-{number}": any(f.tag == tag for f in reader.of(facts.Payload)))
                # One reading may have been under way.
                assert len(reader.of(facts.Totals)) - before <= 2
        finally:
            ended.set()
            thread.join()
        assert not any(total.unread for total in reader.of(facts.Totals))
        counted = [(fact.tag, fact.at) for fact in reader.of(facts.Popped)]
        assert len(counted) == len(set(counted)), "what gave way is not told again"

"""What is gone from the index: taken away by its worker, or lost with the broker's data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lab.watch import facts
from tests.lab.watch.sources.reader import Reader, port_of, put, serving
from tests.waiting import wait_until

AOF = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def client(server: Any) -> Any:
    server.flushall()
    return server


def url_of(client: Any) -> str:
    return f"redis://127.0.0.1:{port_of(client)}/0"


def hold(client: Any, count: int = 3) -> None:
    for n in range(count):
        put(client, f"t{n}", time.time())


def acknowledge(client: Any, tag: str) -> None:
    """As a worker does (`QoS._remove_from_indices`)."""
    pipe = client.pipeline()
    pipe.zrem("unacked_index", tag)
    pipe.hdel("unacked", tag)
    pipe.execute()


def gone(reader: Reader, count: int = 3) -> list[facts.Left]:
    wait_until(lambda: len(reader.of(facts.Left)) == count, what="they are gone")
    return reader.of(facts.Left)


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        ([("FLUSHALL",)], "FLUSHALL"),
        ([("FLUSHDB",)], "FLUSHDB"),
        ([("SWAPDB", 0, 1)], "SWAPDB"),
        ([("DEL", "unacked", "unacked_index")], "keys were deleted"),
        ([("RENAME", "unacked_index", "old")], "keys were deleted"),
    ],
)
def test_what_nobody_acknowledged_is_lost_with_the_data(client: Any, commands: list[Any], why: str) -> None:
    hold(client)
    with Reader(url_of(client)) as reader:
        wait_until(lambda: len(reader.of(facts.Payload)) == 3)
        for command in commands:
            client.execute_command(*command)
        assert all(left.lost for left in gone(reader))
        (lost,) = reader.of(facts.DataLost)
        assert (lost.why, lost.count) == (why, 3) and lost.since <= lost.at


def test_a_single_message_that_is_flushed_is_lost_too(client: Any) -> None:
    hold(client, 1)
    with Reader(url_of(client)) as reader:
        wait_until(lambda: reader.of(facts.Payload))
        client.flushall()
        assert gone(reader, 1)[0].lost


def test_what_workers_acknowledge_is_no_loss_however_many_at_once(client: Any) -> None:
    hold(client)
    with Reader(url_of(client)) as reader:
        wait_until(lambda: len(reader.of(facts.Payload)) == 3)
        for n in range(3):
            acknowledge(client, f"t{n}")
        assert not any(left.lost for left in gone(reader)) and not reader.of(facts.DataLost)


def test_a_flush_of_another_db_is_no_loss(client: Any) -> None:
    hold(client)
    with Reader(url_of(client)) as reader, redis.Redis(port=port_of(client), db=3) as other:
        wait_until(lambda: len(reader.of(facts.Payload)) == 3)
        other.flushdb()
        acknowledge(client, "t0")
        assert not gone(reader, 1)[0].lost


def test_counters_that_were_set_back_say_nothing(client: Any) -> None:
    hold(client)
    with Reader(url_of(client)) as reader:
        wait_until(lambda: len(reader.of(facts.Payload)) == 3)
        acknowledge(client, "t0")
        gone(reader, 1)
        reader.readings(2)
        pipe = client.pipeline()
        pipe.config_resetstat()
        pipe.delete("unacked", "unacked_index")
        pipe.execute()
        assert not any(left.lost for left in gone(reader)), "nobody can tell"


def test_messages_that_only_waited_are_lost_too(client: Any) -> None:
    client.rpush("celery", "one", "two")
    with Reader(url_of(client)) as reader:
        reader.readings(1)
        client.flushall()
        wait_until(lambda: reader.of(facts.DataLost), what="the loss")
        assert (reader.of(facts.DataLost)[0].why, reader.of(facts.DataLost)[0].count) == ("FLUSHALL", 0)


def restarted(
    folder: Path, *options: str, save: bool = False
) -> tuple[list[facts.Left], list[facts.DataLost]]:
    """What is told of three messages, of which two are held since the last snapshot, where there is one, when
    the server is killed and started again."""
    with serving(folder, *options) as client:
        hold(client, 1)
        if save:
            client.save()
            wait_until(lambda: time.time() > client.lastsave().timestamp() + 1)
        put(client, "t1", time.time())
        put(client, "t2", time.time())
        port = port_of(client)
        reader = Reader(url_of(client)).__enter__()
        wait_until(lambda: len(reader.of(facts.Payload)) == 3)
        # It is asked now and then when it saved.
        wait_until(lambda: len(reader.of(facts.Server)) and reader.keys.identity.server.run_id)
    with serving(folder, *options, port=port):
        wait_until(lambda: len(reader.of(facts.Connected)) == 2, what="the connection is back")
        reader.readings(2)
        reader.__exit__()
    assert "the broker was restarted" in {gap.why for gap in reader.of(facts.Gap)}
    return reader.of(facts.Left), reader.of(facts.DataLost)


def test_a_server_that_comes_back_empty_has_lost_what_was_held(tmp_path: Path) -> None:
    left, (lost,) = restarted(tmp_path)
    assert {each.tag for each in left if each.lost} == {"t0", "t1", "t2"}
    assert lost.why == "the broker came back without its data"


def test_a_server_that_comes_back_with_an_older_snapshot_has_lost_what_came_since(tmp_path: Path) -> None:
    left, (lost,) = restarted(tmp_path, save=True)
    assert {each.tag for each in left if each.lost} == {"t1", "t2"}
    assert lost.why.startswith("the broker came back as it was at ")


def test_a_server_that_comes_back_with_everything_has_lost_nothing(tmp_path: Path) -> None:
    assert restarted(tmp_path, *AOF) == ([], [])

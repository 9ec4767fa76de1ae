"""A subscription read in chunks: every reply comes whole and once, however the bytes are cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from lab.watch.broker.connection import connect
from lab.watch.sources import channel
from lab.watch.sources.channel import Channel, Reply, parsed
from tests.lab.watch.sources.reader import port_of, serving

REPLIES = (
    b"*3\r\n$10\r\npsubscribe\r\n$3\r\na/*\r\n:1\r\n"
    b"*4\r\n$8\r\npmessage\r\n$3\r\na/*\r\n$3\r\na/b\r\n$7\r\nx\r\n$9\r\n\r\n"
    b"-NOPERM this user may not\r\n"
    b"*2\r\n$4\r\npong\r\n$0\r\n\r\n"
    b"-ERR no such thing\r\n"
    b"+PONG\r\n"
)


def plain(replies: list[Any]) -> list[Any]:
    return [(type(r), str(r)) if isinstance(r, redis.ResponseError) else r for r in replies]


@pytest.mark.parametrize("cut", range(len(REPLIES) + 1))
def test_replies_are_the_same_wherever_they_are_cut(cut: int) -> None:
    first, end = parsed(REPLIES[:cut])
    then, rest = parsed(REPLIES[end:cut] + REPLIES[cut:])
    assert plain([*first, *then]) == [
        [b"psubscribe", b"a/*", b"1"],
        [b"pmessage", b"a/*", b"a/b", b"x\r\n$9\r\n"],
        (redis.exceptions.NoPermissionError, "this user may not"),
        [b"pong", b""],
        (redis.ResponseError, "ERR no such thing"),
        [b"PONG"],
    ]
    assert end + rest == len(REPLIES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def hearing(server: Any) -> Iterator[Channel]:
    with connect(f"redis://127.0.0.1:{port_of(server)}") as client:
        made = Channel(client)
        made.subscribe("a/*")
        (confirmed,) = made.read(5)
        assert confirmed == [b"psubscribe", b"a/*", b"1"]
        yield made
        made.close()


def test_what_is_published_is_heard_in_order_even_what_is_larger_than_a_chunk(
    server: Any, hearing: Channel
) -> None:
    sent = [b"x" * size for size in (1, 10, 3 * channel.CHUNK, 0, 100_000)]
    for data in sent:
        server.publish("a/b", data)
    heard: list[Reply] = []
    while len(heard) < len(sent):
        heard += hearing.read(5)
    assert [reply[-1] for reply in heard] == sent
    assert hearing.read(0.01) == [], "nothing more comes"


def test_a_message_larger_than_any_event_ends_the_connection(
    server: Any, hearing: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "LARGEST", 100_000)
    server.publish("a/b", b"x" * 1_000_000)
    with pytest.raises(channel.TooLargeError, match="more than 100,000 bytes"):
        while True:
            hearing.read(1)


def test_a_connection_that_is_closed_is_no_silence_and_is_not_opened_again(
    server: Any, hearing: Channel
) -> None:
    server.client_kill_filter(_type="pubsub")
    with pytest.raises((redis.ConnectionError, OSError)):
        while True:
            hearing.read(1)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b">3\r\n$7\r\nmessage\r\n",
        b"*5\r\n$1\r\na\r\n",
        b"*-1\r\n",
        b"*2\r\n$-5\r\n",
        b"*x\r\n",
    ],
)
def test_what_no_subscriber_hears_is_no_reply(data: bytes) -> None:
    with pytest.raises(ValueError):
        parsed(data)

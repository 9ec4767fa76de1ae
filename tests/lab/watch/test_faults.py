"""A way to a broker that is spoilt: what is said of it, that it is said at once, and that it ends.

`python -m bench.faults` tries many more, each with a `lab watch` of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.watch.observer import Observer
from lab.watch.sources import events
from tests.lab.watch.sources.proxy import Proxy, answering
from tests.lab.watch.sources.reader import port_of, put, serving
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


class Way:
    """A watch through a proxy."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.proxy = Proxy(port_of(server))
        self.observer = Observer()

    @property
    def doubts(self) -> list[str]:
        self.observer.drain()
        return self.observer.model.ledger.doubts

    def says(self, source: str, *causes: str) -> bool:
        """Whether one of these is said of a source."""
        return any(doubt.startswith(f"{source}: {cause}") for doubt in self.doubts for cause in causes)

    def up(self) -> bool:
        self.observer.drain()
        health = self.observer.model.ledger.health
        return {name for name in health if health[name].up} >= {"events", "keys"}

    def __enter__(self) -> Way:
        self.observer.watch(self.proxy.url)
        wait_until(self.up, what="both reach the broker")
        assert self.doubts == []
        return self

    def __exit__(self, *_: object) -> None:
        self.observer.stop()
        self.proxy.close()


def spoilt(spoil: Callable[[bytes], bytes]) -> Callable[[Proxy], None]:
    def do(proxy: Proxy) -> None:
        proxy.spoil = spoil

    return do


def swallow(proxy: Proxy) -> None:
    proxy.swallows = True


def halve(proxy: Proxy) -> None:
    proxy.halves = True


def send_away(proxy: Proxy) -> None:
    proxy.refuses = True
    proxy.cut()


def mended(proxy: Proxy) -> None:
    proxy.spoil = lambda data: data
    proxy.swallows = proxy.halves = proxy.refuses = False
    proxy.cut()


@pytest.mark.parametrize(
    ("do", "source", "causes"),
    [
        (Proxy.cut, "events", ["cut off"]),
        (send_away, "keys", ["cut off"]),
        (swallow, "keys", ["half-open"]),
        (swallow, "events", ["half-open"]),
        (halve, "keys", ["cut off"]),
        (spoilt(lambda data: data.replace(b"$", b"&")), "keys", ["no Redis"]),
        (spoilt(lambda data: data + data), "keys", ["no Redis"]),
    ],
)
def test_what_is_wrong_with_the_way_is_said_under_its_own_word(
    server: Any, do: Callable[[Proxy], None], source: str, causes: list[str]
) -> None:
    with Way(server) as way:
        do(way.proxy)
        wait_until(lambda: way.says(source, *causes), what=f"{source} says {causes}")
        mended(way.proxy)
        wait_until(way.up, 20, "both are back")
        assert way.doubts, "what was missed stays a doubt"
        put(server, "later", 1_000.0)
        wait_until(lambda: way.doubts and way.observer.model.ledger.entries, what="what comes later is seen")
        server.delete("unacked", "unacked_index")


def test_silence_is_said_within_three_seconds_by_the_limits_that_are_set() -> None:
    slack = 2 * events.WAIT
    assert events.PING_EVERY + events.ANSWERS_WITHIN + slack < 3


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no Redis"),
        (b"-NOAUTH Authentication required.\r\n", "refused: NOAUTH"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "away: LOADING"),
        (b"-ERR max number of clients reached\r\n", "refused: no room"),
        (b"\x15\x03\x01\x00", "cut off"),
    ],
)
def test_whoever_answers_instead_is_told_from_the_first_moment(said: bytes, cause: str) -> None:
    sockets: list[Any] = []
    observer = Observer()
    ledger = observer.model.ledger
    try:
        observer.watch(f"redis://127.0.0.1:{answering(sockets, said)}/0")
        observer.drain()
        assert len(ledger.doubts) >= 2, "nothing was reached yet, or ever"

        def told() -> bool:
            observer.drain()
            return all(f"{source}: {cause}" in " ".join(ledger.doubts) for source in ("events", "keys"))

        wait_until(told, what=cause)
        assert not ledger.reached
    finally:
        observer.stop()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.close()

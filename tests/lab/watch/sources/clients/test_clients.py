"""Who swept, told from the list of connections, against MONITOR as the truth."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.settings import Settings
from lab.watch.broker.connection import connect
from lab.watch.facts import AnyFact, ConnectionClosed, ConnectionSwept, Consumers, Unknown
from lab.watch.sources.clients.clients import Clients
from tests.lab.watch.sources.monitoring import Monitor, by_tcp
from tests.waiting import wait_until

PERIOD = 3.0
"""Seconds between two sweeps of a worker: interval 1, throttle 3."""

SLACK = 0.05
"""Seconds by which MONITOR's clock reading and ours of one moment may differ."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        rig = Rig.start(Settings(workers=0))
        rig.wait_ready(20)
        url = by_tcp(rig.state.url or "")
        for name, db in (("w1@lab", 0), ("w2@lab", 0), ("other@lab", 1)):
            at = url.replace("/0", f"/{db}")
            rig.add_worker(WorkerSpec(name, 1, 60, 1, 3, environment={"BROKER_URL": at}))
        yield rig
        rig.close()


class Watching:
    """A reader at work and what it emitted."""

    def __init__(self, url: str) -> None:
        self.facts: list[AnyFact] = []
        self.clients = Clients(url, self.facts.append)

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in list(self.facts) if type(fact) is kind]

    def sweepers(self) -> set[int]:
        return {fact.connection for fact in self.of(ConnectionSwept)}

    def __enter__(self) -> Watching:
        self.clients.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clients.stop()
        self.clients.join(5)


class Neighbour:
    """Somebody else's programs on the server: one reads a sorted set once a second, one runs a script."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Neighbour:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        with connect(self._url) as reads, connect(self._url) as runs:
            script = runs.script_load("return 1")
            while not self._ended.wait(1.0):
                reads.zrange("scores", 0, 10)
                runs.evalsha(script, 0)


def test_every_sweep_is_told_with_its_connection_and_time_and_nothing_else_is(rig: Rig) -> None:
    url = by_tcp(rig.state.url or "")
    with connect(url) as client:
        wait_until(lambda: len(brpops(client)) == 3, 20, "three workers wait for messages")
        with Neighbour(url), Monitor(url) as monitor, Watching(url) as watching:
            wait_until(lambda: len(watching.of(ConnectionSwept)) >= 10, 40, "ten sweeps")
    swept = watching.of(ConnectionSwept)
    assert len(watching.sweepers()) == 2
    assert watching.of(Consumers)[-1].count == 2 and not watching.of(Unknown)
    truth = [
        (command.sender, command.at)
        for command in monitor.commands
        if command.words[:2] == ("ZRANGE", "unacked_index") and command.db == 0
    ]
    for fact in swept:
        if fact.since > monitor.commands[0].at:
            at = [when for who, when in truth if who == fact.address and within(fact, when)]
            assert len(at) == 1, f"a sweep that was none: {fact}"
    # One that was under way when the watch ended need not be told; every other one is, with both its ends.
    missed = [
        (who, when)
        for who, when in truth
        if swept[0].at < when < swept[-1].at - 1.0
        and not any(f.address == who and within(f, when) for f in swept)
    ]
    assert not missed
    # As a rule between two looks; of a connection that is new, between two looks at all of them.
    widths = [fact.at - fact.since for fact in swept]
    assert median(widths) <= 0.7 and max(widths) <= 2.6


def test_a_sweeper_that_goes_is_told_and_the_number_of_consumers(rig: Rig) -> None:
    url = by_tcp(rig.state.url or "")
    with Watching(url) as watching:
        wait_until(lambda: len(watching.sweepers()) == 2, 40, "both workers swept")
        # The newest two, one of them on another db: for good, so that nobody takes their place.
        rig.retire_worker()
        rig.retire_worker()
        wait_until(lambda: watching.of(ConnectionClosed), 20, "its connection is gone")
        wait_until(lambda: watching.of(Consumers)[-1].count == 1, 10, "one consumer less")
    assert {fact.connection for fact in watching.of(ConnectionClosed)} < watching.sweepers()


def test_where_clients_may_not_be_listed_it_is_said_once(rig: Rig) -> None:
    url = by_tcp(rig.state.url or "")
    with connect(url) as client:
        client.acl_setuser(
            "reader",
            enabled=True,
            passwords=["+pw"],
            keys=["*"],
            commands=["+@all", "-client|list"],
        )
        with Watching(url.replace("//", "//reader:pw@")) as watching:
            wait_until(lambda: watching.of(Unknown), 10)
            heard = watching.clients.heard
            wait_until(lambda: time.time() > heard + 1)
        client.acl_deluser("reader")
    (unknown,) = watching.of(Unknown)
    assert (unknown.source, unknown.what) == ("clients", "who sweeps")
    assert "client|list" in unknown.why and not watching.of(ConnectionSwept)


def within(fact: ConnectionSwept, when: float) -> bool:
    return fact.since - SLACK <= when <= fact.at + SLACK


def brpops(client: Any) -> list[dict[str, str]]:
    return [each for each in client.client_list(_type="normal") if each["cmd"] == "brpop"]

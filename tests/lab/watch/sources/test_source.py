"""What every source does when the broker goes away, or is there and no use."""

from __future__ import annotations

import threading

import pytest
import redis

from lab.watch.facts import AnyFact, Disconnected, Gap
from lab.watch.sources import source
from lab.watch.sources.source import BACKOFF, REFUSED, Source


class Waits(threading.Event):
    """Notes how long it would have been waited for; the fifth wait is the last."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        if len(self.seconds) == 5:
            self.set()
        return self.is_set()


class Faulty(Source):
    """Connects, hears something at 50.0, and fails."""

    name = "faulty"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or ConnectionError("gone")
        self.told: list[AnyFact] = []
        super().__init__("redis://h", self.told.append)
        self.waits = self.stopping = Waits()

    def listen(self) -> None:
        self.connected()
        self.heard = 50.0
        raise self.error

    def run(self) -> None:
        self._run()


def test_a_fault_right_after_every_connect_is_tried_less_and_less_often() -> None:
    faulty = Faulty()
    faulty.run()
    assert faulty.waits.seconds == list(BACKOFF)
    assert sum(isinstance(fact, Disconnected) for fact in faulty.told) == 5


def test_after_a_healthy_time_the_pauses_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "HEALTHY", 0.0)
    faulty = Faulty()
    faulty.run()
    assert faulty.waits.seconds == [BACKOFF[0]] * 5


def test_a_gap_says_why_unless_the_broker_was_just_away() -> None:
    faulty = Faulty()
    faulty.run()
    assert {fact.why for fact in faulty.told if isinstance(fact, Gap)} == {"the broker was away"}
    faulty = Faulty(KeyError("ours"))
    faulty.run()
    assert {fact.why for fact in faulty.told if isinstance(fact, Gap)} == {
        "a fault in the faulty reader (KeyError: 'ours')"
    }


def test_what_the_server_forbids_is_asked_for_rarely() -> None:
    faulty = Faulty(redis.exceptions.NoPermissionError("no"))
    faulty.run()
    assert faulty.waits.seconds == [REFUSED] * 5


def test_a_gap_begins_when_the_broker_was_last_heard() -> None:
    faulty = Faulty()
    faulty.run()
    assert {fact.since for fact in faulty.told if isinstance(fact, Gap)} == {50.0}

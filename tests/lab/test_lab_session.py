"""The session of a lab on real workers: what happens is what is counted."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.lab_session import JoinedLab, LabSession
from lab.rig import registry
from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.session import NoProducerError
from lab.settings import Settings
from lab.watch.broker.connection import connect
from lab.watch.facts import AnyFact, Configured
from lab.watch.model import roll_call
from lab.watch.outputs.lines import NarratedLine
from lab.watch.outputs.narrator import Narrator
from tests.waiting import wait_until


class Watched:
    """A session, and every line that was told of it."""

    def __init__(self, settings: Settings) -> None:
        self.session = LabSession.start(settings)
        self.lines: list[dict[str, Any]] = []
        self._narrator = Narrator()
        self.workers = settings.workers

    @property
    def ledger(self) -> Any:
        return self.session.model.ledger

    def look(self) -> bool:
        before = self.session.clock()
        accounts = self.session.look().accounts
        self._note(self._narrator.tell(accounts, before, self.session.clock()))
        return True

    def told(self) -> list[dict[str, Any]]:
        """Every line, those that waited as well."""
        self._note(self._narrator.tell(()))
        return self.lines

    def _note(self, lines: list[NarratedLine]) -> None:
        self.lines += [json.loads(line.as_json()) for line in lines]

    def up(self) -> bool:
        return self.look() and len(list(self.ledger.lives.present(time.time()))) >= self.workers

    def truth(self) -> list[dict[str, Any]]:
        assert self.session.rig.state.truth_log
        log = Path(self.session.rig.state.truth_log)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def __enter__(self) -> Watched:
        wait_until(self.up, 30, "all workers online")
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()


def test_a_message_due_after_its_timeout_runs_as_often_as_it_was_delivered() -> None:
    with Watched(Settings(visibility_timeout=2)) as watched:
        (fired,) = watched.session.producer().fire(9, "CELERY")
        ledger = watched.ledger
        wait_until(lambda: watched.look() and fired.id in ledger.accounts, what="the message")
        wait_until(lambda: watched.look() and ledger.accounts[fired.id].attempts[0].deliveries)
        (attempt,) = ledger.accounts[fired.id].attempts
        foretold = watched.session.model.forecast.runs(attempt, time.time())
        ended = lambda: [line for line in watched.truth() if line["what"] == "end"]  # noqa: E731
        wait_until(lambda: watched.look() and not ledger.entries and len(ended()) >= 4, 30, "the runs")
        wait_until(lambda: watched.look() and ledger.accounts[fired.id].attempts[0].settled, 10, "all ends")

        runs = len(ended())
        # With so short a timeout it is open which comes first, its end or the sweep that is due then.
        assert foretold and foretold.least <= runs <= foretold.most
        assert ledger.counts.deliveries == ledger.counts.executions == runs
        assert ledger.counts.duplicates == runs - 1
        assert ledger.doubts == [] and ledger.unreadable == 0
        lines = watched.told()
        kinds = Counter(line["kind"] for line in lines)
        assert kinds == {
            "sent": 1,
            "delivery": 1,
            "redelivery": runs - 1,
            "execution": 1,
            "duplicate": runs - 1,
            "outcome": 1,
        }
        told = sorted(line["worker"] for line in lines if line["kind"] in ("execution", "duplicate"))
        assert told == sorted(line["worker"] for line in watched.truth() if line["what"] == "start")


def test_a_timeout_above_the_eta_makes_it_one_run() -> None:
    with Watched(Settings(visibility_timeout=60, workers=1)) as watched:
        watched.session.producer().fire(4, "CELERY")
        counts = watched.ledger.counts
        wait_until(lambda: watched.look() and counts.executions and not watched.ledger.entries, 20)
        assert (counts.deliveries, counts.executions, counts.duplicates) == (1, 1, 0)


def test_what_a_retired_worker_hands_back_is_a_requeue() -> None:
    with Watched(Settings(visibility_timeout=60)) as watched:
        rig = watched.session.rig
        producer = watched.session.producer()

        def held() -> set[str]:
            return {d.worker for a in watched.ledger.attempts() for d in a.held}

        def both_hold_some() -> bool:
            # Which worker pops a message is the server's choice: send until each has one.
            watched.look()
            if held() >= {"w1@lab", "w2@lab"}:
                return True
            producer.fire(120, "CELERY")
            return False

        wait_until(both_hold_some, 20)
        wait_until(lambda: watched.look() and all(a.held for a in watched.ledger.attempts()))
        theirs = sum(d.worker == "w2@lab" for a in watched.ledger.attempts() for d in a.held)
        assert rig.retire_worker() == "w2@lab"
        counts = watched.ledger.counts
        wait_until(lambda: watched.look() and counts.requeues == theirs, 20, "w1 has them all")
        # The keys tell of a pop before its event names who holds it.
        wait_until(lambda: watched.look() and held() == {"w1@lab"}, 20, "w1 says so")
        assert counts.redeliveries == 0


def test_a_killed_server_is_seen_and_the_watch_goes_on() -> None:
    with Watched(Settings(workers=1)) as watched:
        watched.session.rig.kill_server()
        away = {f"{source}: the broker was restarted" for source in ("keys", "events")}
        wait_until(lambda: watched.look() and away <= set(watched.ledger.doubts), what="both say so")
        feeds = watched.ledger.health
        wait_until(lambda: watched.look() and all(feed.up for feed in feeds.values()), what="all are back")


@pytest.mark.parametrize("own_prefix", [True, False])
def test_watching_touches_no_key_outside_the_prefix(own_prefix: bool) -> None:
    with Watched(Settings(workers=0)) as other:
        wait_until(lambda: other.look() and other.session.url)
        assert other.session.url
        with connect(other.session.url) as client:
            client.set("unacked-lab:mine", "theirs")
            client.zadd("unacked_index", {"their-tag": 1.0})
            client.hset("unacked", "their-tag", "theirs")
            before = {key: client.dump(key) for key in client.scan_iter()}
            prefix = None if own_prefix else "kept[1]*:"
            with Watched(Settings(broker_url=other.session.url, lab_prefix=prefix, workers=1)) as watched:
                watched.session.producer().fire(1, "CELERY")
                counts = watched.ledger.counts
                wait_until(lambda: watched.look() and counts.executions, 30)
                assert watched.ledger.counts.messages == 1
                mine = watched.session.prefix
            after = {key: client.dump(key) for key in client.scan_iter()}
            kept = {key for key in after if key.startswith(mine.encode())}
            assert {key: dump for key, dump in after.items() if key not in kept} == before
            # A prefix that the run made goes with it; one that was set is its setter's.
            assert bool(kept) is not own_prefix


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.lab_session.RECORD_EVERY", 0.1)


@contextmanager
def joined(settings: Settings) -> Iterator[tuple[Rig, JoinedLab]]:
    """A rig, and a session that watches it as another program does."""
    with Rig.start(settings) as rig:
        rig.wait_ready(20)
        wait_until(registry.alive, what="the rig is in the registry")
        session = JoinedLab(registry.find(None))
        try:
            yield rig, session
        finally:
            session.close()


def test_each_worker_is_said_to_run_with_what_it_was_started_with() -> None:
    told: list[AnyFact] = []
    slow = WorkerSpec("slow@lab", 1, 60, restore_interval=2, restore_throttle=3, pool="solo")
    session = LabSession(Rig.start(Settings(), workers=[slow]))
    try:
        session.observer.listeners.append(told.append)

        def said() -> list[Configured]:
            return [fact for fact in told if isinstance(fact, Configured) and fact.worker == "slow@lab"]

        wait_until(lambda: session.look() and said(), 20)
        (fact,) = said()
        assert (fact.visibility_timeout, fact.interval, fact.throttle, fact.pool) == (60, 2, 3, "solo")
    finally:
        session.close()


def test_before_there_is_a_broker_nothing_can_be_sent() -> None:
    session = LabSession.start(Settings(workers=0))
    try:
        with pytest.raises(NoProducerError, match="not there yet"):
            session.producer()
        wait_until(lambda: session.look() and session.url, 20)
        assert session.embedded and session.producer().url == session.url
    finally:
        session.close()


@pytest.mark.usefixtures("hurried")
def test_who_joined_learns_of_a_new_visibility_timeout() -> None:
    with joined(Settings(visibility_timeout=60, workers=1)) as (rig, session):
        session.look()
        hidden_for = lambda: session.model.forecast.hidden(time.time()).timeout.shown  # noqa: E731
        assert hidden_for() == 60
        assert session.model.settings.hidden(()).by == "lab"
        assert session.embedded and session.rig is None
        wait_until(lambda: rig.state.workers[0].state == "running", 20)
        rig.restart_workers(7)
        told: list[AnyFact] = []
        session.observer.listeners.append(told.append)
        wait_until(lambda: session.look() and hidden_for() == 7, 20, "the new timeout")
        looks = iter(range(20))
        wait_until(lambda: session.look() and next(looks) == 19)
        assert sum(isinstance(fact, Configured) for fact in told) == 1, (
            "what did not change is not told again"
        )
        assert session.lost is None


@pytest.mark.usefixtures("hurried")
def test_who_joined_learns_that_the_lab_ended() -> None:
    with joined(Settings(workers=0)) as (rig, session):
        session.look()
        assert session.lost is None
        rig.close()
        wait_until(lambda: session.look() and session.lost, what="the end is seen")
        assert session.lost == f"The lab {rig.state.id} ended"
        session.look()
        assert session.lost


@pytest.mark.usefixtures("hurried")
def test_who_joined_learns_of_a_lab_that_was_killed() -> None:
    with joined(Settings(workers=0)) as (rig, session):
        assert rig.state.keeper_pid
        lab = rig.state.id
        os.kill(rig.state.keeper_pid, signal.SIGKILL)
        wait_until(lambda: session.look() and session.lost, what="the end is seen")
        assert session.lost == f"The lab {lab} ended"


def test_a_worker_that_somebody_stopped_is_silent_until_it_goes_on() -> None:
    session = LabSession.start(Settings(workers=1, concurrency=1))
    try:

        def silent() -> list[int]:
            session.look()
            return [life.pid for life in roll_call.silent(session.model.ledger, session.clock())]

        wait_until(lambda: session.look() and [life for life in session.model.ledger.lives if life.beats], 30)
        pid = session.rig.state.workers[0].pid
        assert pid and silent() == []
        os.killpg(pid, signal.SIGSTOP)
        wait_until(lambda: silent() == [pid], 15, "its heartbeats are missed")
        os.killpg(pid, signal.SIGCONT)
        wait_until(lambda: silent() == [], 15, "it is heard again")
    finally:
        session.close()

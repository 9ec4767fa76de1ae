"""A recording in the place of a broker: the same model, the recording's time, and nothing to send to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.replay import ReplaySession
from lab.session import NoProducerError
from lab.watch.recording.recorder import Recorder
from tests.lab.watch.telling import modelled, redelivered
from tests.waiting import wait_until

FACTS = redelivered("w1 w2 w1").facts


@pytest.fixture
def session(tmp_path: Path) -> Iterator[ReplaySession]:
    path = tmp_path / "incident.jsonl"
    recorder = Recorder(path, "redis://:s3cret@host/0")
    for fact in FACTS:
        recorder.take(fact)
    recorder.close()
    session = ReplaySession(path, speed=1e6)
    yield session
    session.close()


def test_replaying_gives_what_the_live_run_gave(session: ReplaySession) -> None:
    live = modelled(FACTS).ledger
    wait_until(lambda: session.look() and session.ended)
    session.look()
    assert session.model.ledger.counts == live.counts
    assert session.model.ledger.accounts == live.accounts


def test_the_clock_of_a_replay_is_the_recordings(session: ReplaySession) -> None:
    wait_until(lambda: session.ended)
    assert session.clock() == FACTS[-1].seen


def test_a_replay_has_no_broker(session: ReplaySession) -> None:
    assert session.url == "redis://:***@host/0"
    assert (session.way, session.live, session.rig, session.lost) == ("replay", False, None, None)
    with pytest.raises(NoProducerError, match="no broker"):
        session.producer()

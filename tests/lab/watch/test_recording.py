"""A recording: what is replayed is what was seen, and a damaged file says where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.session import Session
from lab.watch.facts import AnyFact
from lab.watch.recording import Recorder, RecordingError, opened
from tests.waiting import wait_until

from .telling import modelled, redelivered


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "incident.jsonl"
    recorder = Recorder(path, "redis://:s3cret@host/0")
    for fact in redelivered("w1 w2 w1").facts:
        recorder.take(fact)
    recorder.close()
    assert recorder.fault is None
    return path


def test_facts_come_back_as_they_were(recorded: Path) -> None:
    assert list(opened(recorded)[1]) == redelivered("w1 w2 w1").facts


def test_the_header_names_format_version_and_a_masked_broker(recorded: Path) -> None:
    header = json.loads(recorded.read_text().splitlines()[0])
    assert (header["format"], header["version"]) == ("unacked-recording", 1)
    assert header["broker"] == "redis://:***@host/0"
    assert "s3cret" not in recorded.read_text()


def test_replaying_gives_what_the_live_run_gave(recorded: Path) -> None:
    live = modelled(redelivered("w1 w2 w1").facts).ledger
    session = Session.replay(recorded, speed=1e6)
    wait_until(lambda: session.look() and session.recording and session.recording.ended)
    session.look()
    assert session.model.ledger.counts == live.counts
    assert session.model.ledger.accounts == live.accounts
    session.close()


def test_the_clock_of_a_replay_is_the_recordings(recorded: Path) -> None:
    session = Session.replay(recorded, speed=1e6)
    facts: list[AnyFact] = list(opened(recorded)[1])
    wait_until(lambda: session.recording and session.recording.ended)
    assert session.clock() == facts[-1].seen
    session.close()


def test_a_file_is_never_overwritten(recorded: Path) -> None:
    with pytest.raises(RecordingError, match="exists"):
        Recorder(recorded)


def test_a_line_cut_off_by_a_kill_ends_the_recording_there(recorded: Path) -> None:
    whole = list(opened(recorded)[1])
    recorded.write_bytes(recorded.read_bytes()[:-5])
    assert list(opened(recorded)[1]) == whole[:-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no recording"),
        ("{}\n", "no recording"),
        ('{"format": "unacked-recording", "version": 99}\n', "version 99"),
        ('{"format": "unacked-recording", "version": 1}\n{"fact": "Invented"}\n', "line 2"),
        ('{"format": "unacked-recording", "version": 1}\nnonsense\n', "line 2"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(RecordingError, match=says) as caught:
        list(opened(path)[1])
    assert "\n" not in str(caught.value)

"""A recording: what is replayed is what was seen, and a damaged file says where."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from lab.watch.facts import AnyFact, Gap, Heartbeat, Started
from lab.watch.observer import Observer
from lab.watch.recording import LONGEST_LINE, Recorder, RecordingError, Replay, opened
from tests.waiting import wait_until

from .telling import redelivered


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
        (
            '{"format": "unacked-recording", "version": 1}\n{"fact": "Left", "at": 1, "tag": "t"}\n'
            + '{"fact": "Left", "at": 1, "tag": "'
            + "t" * LONGEST_LINE
            + '"}\n',
            "line 3: longer than 65,536",
        ),
        ('{"format": "unacked-recording", "version": 1}\n' + "x" * 10 * LONGEST_LINE, "line 2: longer"),
        ('{"format": "unacked-recording", "version": 1}\n{"fact":"Left","at":1e300,"tag":"t"}\n', "at is"),
        ('{"format": "unacked-recording", "version": 1}\n{"fact":"Left","at":-1,"tag":"t"}\n', "at is"),
        (
            '{"format": "unacked-recording", "version": 1}\n{"fact":"Started","at":1,"id":"i","pid":-1}\n',
            "line 2.*pid is",
        ),
        ('{"format": "unacked-recording", "version": 1, "broker": "\udcff"}\n', "is no recording"),
        ('{"x": ' + "[" * 10_000 + "\n", "is no recording"),
        ('{"format": "unacked-recording", "version": 1}\n{"fact":"Left","at":1,"tag":"\udcff"}\n', "line 2"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    # What is no text stands in it as a lone surrogate.
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(RecordingError, match=says) as caught:
        list(opened(path)[1])
    assert "\n" not in str(caught.value)


def test_a_recording_is_for_its_user_only(recorded: Path) -> None:
    assert stat.S_IMODE(recorded.stat().st_mode) == 0o600


def test_a_fast_replay_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    recorder = Recorder(path)
    for n in range(2_000):
        recorder.take(Started(at=100 + n, seen=100 + n, id=f"t{n}", worker="w1", pid=1))
    recorder.close()
    observer = Observer(room=50)
    applied: list[AnyFact] = []
    observer.listeners.append(applied.append)
    replay = Replay(path, observer.put, 1e6, lambda: observer.full)
    replay.start()
    wait_until(lambda: observer.full)
    assert not replay.ended and replay.clock() <= 100 + 50, "its time waits as well"
    wait_until(lambda: observer.drain() is not None and replay.ended)
    observer.drain()
    replay.stop()
    assert len(applied) == 2_000 and not any(isinstance(fact, Gap) for fact in applied)


def test_a_replay_that_waits_for_room_can_be_ended(recorded: Path) -> None:
    told: list[AnyFact] = []
    replay = Replay(recorded, told.append, 1e6, lambda: True)
    replay.start()
    replay.stop()
    assert told == [] and not replay.ended


def test_a_fact_that_lies_a_lifetime_ahead_does_not_end_the_replay(tmp_path: Path) -> None:
    path = tmp_path / "far.jsonl"
    recorder = Recorder(path)
    for seen in (1.0, 3.9e9):
        recorder.take(Heartbeat(at=1.0, seen=seen, worker="w1"))
    recorder.close()
    told: list[AnyFact] = []
    replay = Replay(path, told.append, 0.01)
    replay.start()
    wait_until(lambda: told)
    replay.stop()
    assert len(told) == 1 and not replay.ended and replay.fault is None

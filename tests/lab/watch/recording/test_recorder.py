"""The recorder: what is written, for whom, and what is said where it cannot be."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lab.watch.facts import Disconnected, Started
from lab.watch.recording.lines import RecordingError
from lab.watch.recording.recorder import Recorder
from tests.lab.watch.telling import redelivered

from .recorded import missing, read, record

FACTS = redelivered("w1 w2 w1").facts


def test_the_header_names_format_version_and_a_masked_broker(tmp_path: Path) -> None:
    text = record(tmp_path / "r.jsonl", FACTS).read_text()
    header = json.loads(text.splitlines()[0])
    assert (header["format"], header["version"]) == ("unacked-recording", 2)
    assert header["broker"] == "redis://:***@host/0"
    assert "s3cret" not in text


def test_every_line_is_json_and_the_last_one_is_the_end(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in record(tmp_path / "r.jsonl", FACTS).read_text().splitlines()]
    assert [number for _, number, _, _ in lines[1:]] == list(range(1, len(FACTS) + 2))
    assert lines[-1][3]["fact"] == "End"


def test_a_recording_is_for_its_user_only(tmp_path: Path) -> None:
    assert stat.S_IMODE(record(tmp_path / "r.jsonl", FACTS).stat().st_mode) == 0o600


def test_what_exists_is_never_overwritten(tmp_path: Path) -> None:
    existing, folder, pipe, part = (tmp_path / name for name in ("file", "folder", "pipe", "parted.2"))
    existing.write_text("mine")
    part.write_text("mine")
    folder.mkdir()
    os.mkfifo(pipe)
    for path, says in (
        (existing, "exists"),
        (tmp_path / "parted", "parted.2 exists"),
        (folder, "is a folder"),
        (pipe, "exists"),
        (Path("/dev/full"), "exists"),
        (tmp_path / "none" / "file", "No such file"),
        (existing / "file", "Not a directory"),
    ):
        with pytest.raises(RecordingError, match=says) as caught:
            Recorder(path)
        assert "\n" not in str(caught.value)
    assert existing.read_text() == part.read_text() == "mine"


def test_what_was_flushed_is_there_however_the_program_ends(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.jsonl")
    for fact in FACTS:
        recorder.take(fact)
    recorder.flush()
    assert read(recorder.path)[: len(FACTS)] == FACTS
    assert "ends without its end" in missing(recorder.path)[0]
    recorder.close()
    assert not missing(recorder.path)


LIMITED = """
import resource, sys
from pathlib import Path
from lab.watch.facts import Started
from lab.watch.recording.recorder import Recorder
recorder = Recorder(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
for n in range(1_000):
    recorder.take(Started(at=100 + n, seen=100 + n, id=f"t{n}", worker="w1", pid=1))
    if n % 10 == 0:
        recorder.flush()
    if recorder.fault:
        break
print(n, recorder.fault)
recorder.close()
"""


@pytest.mark.parametrize("limit", range(4_000, 4_200, 20))
def test_where_there_is_no_more_room_it_says_so_at_once_and_what_is_written_counts(
    tmp_path: Path, limit: int
) -> None:
    path = tmp_path / "r.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(limit)], capture_output=True, text=True, check=True
    )
    at, _, fault = done.stdout.strip().partition(" ")
    assert f"{path} ended early: File too large" in fault and int(at) < 60
    facts = read(path)
    assert len(facts) > 30 and all(isinstance(fact, Started) for fact in facts[:-1])
    assert missing(path) in (
        ["it ended early: File too large (0)"],
        ["it ends without its end: it was cut off, or what wrote it was killed (0)"],
    )


def test_a_text_that_no_file_can_hold_costs_itself_alone(tmp_path: Path) -> None:
    told = [*FACTS[:3], Disconnected(at=1.0, seen=FACTS[2].seen, source="keys", why="\ud800"), *FACTS[3:]]
    path = record(tmp_path / "r.jsonl", told)
    assert [fact for fact in read(path) if type(fact) is not type(read(path)[3])] == FACTS
    assert missing(path) == ["lines of it are damaged (1)"]

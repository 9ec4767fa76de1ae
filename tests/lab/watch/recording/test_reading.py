"""Reading a recording: what is damaged costs itself alone, and whatever is missing is said."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.watch.facts import AnyFact, Gap, Left
from lab.watch.recording.lines import LONGEST_LINE, RecordingError, framed
from lab.watch.recording.reading import opened
from tests.lab.watch.telling import redelivered

from .recorded import missing, read, record

FACTS = redelivered("w1 w2 w1").facts
BARE = '{"format": "unacked-recording", "version": 1}\n'
NO_END = "it ends without its end: it was cut off, or what wrote it was killed (0)"


@functools.cache
def whole() -> bytes:
    """The bytes of a whole recording."""
    with tempfile.TemporaryDirectory() as folder:
        return record(Path(folder) / "r.jsonl", FACTS).read_bytes()


def read_bytes(data: bytes) -> list[AnyFact]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.jsonl"
        path.write_bytes(data)
        return read(path)


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    assert read(record(tmp_path / "r.jsonl", FACTS)) == FACTS


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_damaged_byte_costs_more_than_its_line_and_none_goes_unsaid(where: int, change: int) -> None:
    head = whole().index(b"\n") + 1
    data = bytearray(whole())
    where = head + where % (len(data) - head)
    data[where] ^= change
    told = read_bytes(bytes(data))
    gaps = [fact for fact in told if isinstance(fact, Gap)]
    facts = [fact for fact in told if not isinstance(fact, Gap)]
    assert all(fact in FACTS for fact in facts) and sorted(facts, key=FACTS.index) == facts
    assert len(facts) >= len(FACTS) - 1
    assert gaps or facts == FACTS
    assert all(gap.source == "recording" for gap in gaps)


@given(st.integers(0, 10**6))
def test_cut_off_anywhere_it_says_that_it_was(where: int) -> None:
    head = whole().index(b"\n") + 1
    told = read_bytes(whole()[: head + where % (len(whole()) - head)])
    assert isinstance(told[-1], Gap) and told[:-1] == FACTS[: len(told) - 1]
    assert f"{told[-1].why} ({told[-1].count})" == NO_END


@given(st.data())
def test_lines_that_are_gone_are_counted(data: st.DataObject) -> None:
    head, *lines, end = whole().splitlines(keepends=True)
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1))
    told = read_bytes(b"".join([head, *(line for n, line in enumerate(lines) if n not in gone), end]))
    assert sum(fact.count for fact in told if isinstance(fact, Gap)) == len(gone)


def test_a_line_that_stands_there_twice_is_read_once() -> None:
    head, first, *others = whole().splitlines(keepends=True)
    assert read_bytes(b"".join([head, first, first, *others])) == FACTS


def test_what_the_model_says_has_a_hole_where_the_recording_has_one() -> None:
    head, *lines = whole().splitlines(keepends=True)
    del lines[3:5]
    gap = read_bytes(b"".join([head, *lines]))[3]
    assert isinstance(gap, Gap)
    assert (gap.since, gap.at) == (FACTS[2].seen, FACTS[5].seen)


@pytest.mark.parametrize(
    "line",
    [
        '{"fact": "Invented"}\n',
        "nonsense\n",
        '{"fact": "Left", "at": 1, "tag": "' + "t" * LONGEST_LINE + '"}\n',
        "x" * 10 * LONGEST_LINE + "\n",
        "x" * (LONGEST_LINE - 1) + "\n",
        '{"fact":"Left","at":1e300,"tag":"t"}\n',
        '{"fact":"Left","at":-1,"tag":"t"}\n',
        '{"fact":"Started","at":1,"id":"i","pid":-1}\n',
        '{"fact":"Left","at":1,"tag":"\udcff"}\n',
        "[" * 10_000 + "\n",
        "\n",
    ],
)
def test_a_line_of_an_old_recording_that_is_no_fact_costs_itself_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "old.jsonl"
    fact = '{"fact":"Left","at":1,"tag":"t"}\n'
    # What is no text stands in it as a lone surrogate.
    path.write_bytes(f"{BARE}{fact}{line}{fact}".encode(errors="surrogateescape"))
    assert [told for told in read(path) if not isinstance(told, Gap)] == [Left(at=1.0, tag="t")] * 2
    assert missing(path) == ["lines of it are damaged (1)"]


def test_an_old_recording_is_read_and_is_cut_off_where_its_last_line_is(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text(BARE + '{"fact":"Left","at":1,"tag":"t"}\n' * 2)
    assert missing(path) == []
    path.write_bytes(path.read_bytes()[:-5])
    assert missing(path) == [NO_END]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no recording"),
        ("{}\n", "no recording"),
        ('{"format": "unacked-recording", "version": 3}\n', "version 3: this program reads versions 1 to 2"),
        ('{"format": "unacked-recording", "version": 1, "broker": "\udcff"}\n', "is no recording"),
        ('{"x": ' + "[" * 10_000 + "\n", "is no recording"),
        ("x" * 10 * LONGEST_LINE, "is no recording"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(RecordingError, match=says) as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_a_folder_a_pipe_without_a_writer_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, says in (("pipe", "no recording"), ("", "Is a directory"), ("none", "No such file")):
        with pytest.raises(RecordingError, match=says):
            opened(tmp_path / name)


def test_a_forged_line_with_a_right_checksum_is_no_fact_where_its_numbers_cannot_be(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = framed(1, Left(at=1e300, tag="t"))
    path.write_bytes(b"".join(lines))
    assert missing(path) == ["lines of it are damaged (1)"]


def test_the_format_can_be_read_with_what_the_page_says_of_it() -> None:
    """docs/recording.md: a checksum of all between the first comma and the closing bracket."""
    from zlib import crc32

    for n, line in enumerate(whole().splitlines()[1:], 1):
        checksum, number, length, fact = json.loads(line)
        rest = line.partition(b",")[2][:-1]
        assert checksum == crc32(rest) and number == n and rest.endswith(b"}")
        assert json.loads(rest[-length:]) == fact

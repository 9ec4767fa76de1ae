"""The parts of a recording: replayed in order they are one, and what is left of them can be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.watch import facts
from lab.watch.model.model import Model
from lab.watch.recording.parts import Rotation
from lab.watch.recording.reading import opened
from tests.lab.watch.telling import ZERO, modelled, redelivered

from .recorded import missing, read, record

FACTS: list[facts.AnyFact] = [
    *(facts.Connected(at=ZERO, seen=ZERO, source=source) for source in ("events", "keys")),
    facts.Server(at=ZERO, seen=ZERO, run_id="a", version="Redis 7.2"),
    *redelivered("w1 w2 w1").facts,
]
TINY = Rotation(size=400)


@pytest.mark.parametrize("rotation", [TINY, Rotation(size=1), Rotation(age=3), Rotation(size=1_000, age=5)])
def test_the_parts_replay_as_one(tmp_path: Path, rotation: Rotation) -> None:
    path = record(tmp_path / "r.jsonl", FACTS, rotation)
    assert len(list(tmp_path.iterdir())) > 2
    assert read(path) == FACTS


def test_no_part_is_larger_than_was_asked_for_by_more_than_a_line_and_what_stood(tmp_path: Path) -> None:
    told = [facts.Started(at=100 + n, seen=100 + n, id=f"t{n}", worker="w1", pid=1) for n in range(2_000)]
    record(tmp_path / "r.jsonl", told, Rotation(size=10_000))
    sizes = [each.stat().st_size for each in tmp_path.iterdir()]
    assert len(sizes) > 15 and max(sizes) < 10_500


def test_of_parts_that_were_deleted_it_is_said_and_the_others_know_what_stood(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS, replace(TINY, keep=2))
    assert len(list(tmp_path.iterdir())) == 2 and not path.exists()
    told = read(path)
    assert isinstance(told[0], facts.Gap) and "its parts 1 to" in told[0].why and len(missing(path)) == 1
    left, whole = modelled(told), modelled(FACTS)
    assert left.ledger.health["keys"].up and left.ledger.health["events"].up
    assert left.ledger.server == whole.ledger.server
    assert left.ledger.entries.keys() == whole.ledger.entries.keys()
    assert left.ledger.doubts != []


def test_a_part_by_itself_says_that_it_goes_on(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS, TINY)
    second = path.with_name("r.jsonl.2")
    assert [why.split(" not there")[0] for why in missing(second)] == ["its part 1 is", "its part 3 is"]


def test_a_part_that_is_gone_or_unreadable_in_the_middle_costs_itself_alone(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS, TINY)
    path.with_name("r.jsonl.2").write_text("nonsense")
    assert missing(path) == ["its part 2 is not there, or cannot be read (0)"]
    assert read(path)[-1] == FACTS[-1]


def test_a_file_of_another_recording_is_no_part(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS)
    other = record(tmp_path / "other.jsonl", FACTS, TINY)
    other.with_name("other.jsonl.2").rename(path.with_name("r.jsonl.2"))
    for name in ("r.jsonl.02", "r.jsonl.x", "r.jsonl.1", "r.jsonl.², "):
        (tmp_path / name).write_text("nonsense")
    assert read(path) == FACTS


def test_the_time_of_a_later_part_is_that_of_its_first_new_fact(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", FACTS, replace(TINY, keep=1))
    header, told = opened(path)
    model = Model()
    for fact in told:
        model.apply(fact)
    assert header.begins > FACTS[0].seen and header.standing > 0

"""What the truth log says, and what counts as a duplicate of what."""

from __future__ import annotations

import json
from pathlib import Path

from lab.experiments.truth import Death, Truth


def log(path: Path, *lines: tuple[str, float, int, int]) -> Truth:
    """A truth log of lines (what, at, retries, pid), all of one task and one worker."""
    with path.open("a") as file:
        for what, at, retries, pid in lines:
            fields = {"what": what, "at": at, "id": "t", "retries": retries, "worker": "w1@lab", "pid": pid}
            file.write(json.dumps(fields) + "\n")
    truth = Truth()
    truth.read(path)
    return truth


def test_a_second_run_of_an_attempt_is_a_duplicate(tmp_path: Path) -> None:
    truth = log(
        tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 0, 12), ("end", 3, 0, 11), ("end", 4, 0, 12)
    )
    assert [run.pid for run in truth.duplicates([])] == [12]
    assert [run.ended for run in truth.runs] == [3, 4]


def test_a_retry_is_an_attempt_of_its_own(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 1, 11))
    assert truth.duplicates([]) == []


def test_a_run_after_a_death_is_none(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 9, 0, 12))
    assert truth.duplicates([Death(5, worker="w1@lab")]) == []
    assert truth.duplicates([Death(5, pid=11)]) == []
    assert len(truth.duplicates([Death(5, pid=99)])) == 1


def test_a_death_after_the_second_run_began_excuses_nothing(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 0, 12))
    assert len(truth.duplicates([Death(5, pid=11)])) == 1


def test_a_line_that_is_not_finished_yet_waits(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11))
    whole = '{"what": "end", "at": 2, "id": "t", "retries": 0, "worker": "w1@lab", "pid": 11}\n'
    with path.open("a") as file:
        file.write(whole[:20])
        file.flush()
        truth.read(path)
        assert truth.runs[0].ended is None
        file.write(whole[20:])
    truth.read(path)
    assert truth.runs[0].ended == 2

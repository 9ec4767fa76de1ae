"""The results of the matrix are kept, and taken up again."""

from __future__ import annotations

from pathlib import Path

from lab.experiments.matrix.cells import Cell, cells, missing, seconds_left
from lab.experiments.matrix.results import Results


def test_what_was_run_is_not_run_again_and_a_torn_line_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    results = Results(file)
    for cell in cells(["L2"]):
        results.add({"scenario": "L2", "cure": cell.cure, "verdict": "not reproduced"}, claimed=cell.claimed)
    with file.open("a") as lines:
        lines.write('{"scenario": "L2", "verd')
    again = Results(file)
    assert missing(cells(["L2"]), again) == [] and seconds_left(cells(["L2"]), again) == 0
    assert all(again.of("L2", cell.cure) for cell in cells(["L2"]))


def test_a_cell_that_failed_is_run_again(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.add({"scenario": "L2", "cure": None, "verdict": "failed"}, claimed=True)
    assert missing([Cell("L2", None)], results) == [Cell("L2", None)]

"""The truth: counts from what tasks and workers wrote, which the ledger is held against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.experiments.proof.foretelling import Foretelling, Miss
from lab.experiments.proof.tally import Tally, Truth

ONE = "00000000-0000-0000-0000-000000000001"


def truth(folder: Path, *notes: tuple[str, int], retries: int = 0, received: int = 0) -> Truth:
    """A truth log of notes on one message: what, and the pid of the child that wrote it."""
    log, worker = folder / "truth.jsonl", folder / "w1.log"
    with log.open("a") as file:
        for n, (what, pid) in enumerate(notes):
            line = {"what": what, "at": n, "id": ONE, "retries": retries, "worker": "w1@lab", "pid": pid}
            file.write(json.dumps(line) + "\n")
    worker.write_text(f"[INFO] Task lab.run[{ONE}] received\n" * received)
    return Truth(log, [worker])


@pytest.mark.parametrize(
    ("notes", "tally"),
    [
        ([("start", 1), ("end", 1)], Tally(0, 1, 0, 0)),
        ([("start", 1), ("end", 1), ("start", 2), ("end", 2)], Tally(0, 2, 1, 0)),
        ([("start", 1), ("start", 2), ("end", 2), ("end", 1)], Tally(0, 2, 1, 0)),
        ([("start", 1), ("start", 2), ("end", 2)], Tally(0, 2, 0, 1)),
        ([("start", 1), ("handed back", 1), ("start", 1), ("end", 1)], Tally(0, 2, 0, 0)),
    ],
)
def test_runs_are_judged_by_what_the_runs_before_wrote(
    tmp_path: Path, notes: list[tuple[str, int]], tally: Tally
) -> None:
    assert truth(tmp_path, *notes).tally([ONE]) == tally


def test_a_retry_is_no_duplicate_of_the_attempt_before(tmp_path: Path) -> None:
    truth(tmp_path, ("start", 1), ("end", 1))
    assert truth(tmp_path, ("start", 1), ("end", 1), retries=1).tally([ONE]) == Tally(0, 2, 0, 0)


def test_deliveries_are_what_the_workers_logged(tmp_path: Path) -> None:
    assert truth(tmp_path, received=6).tally([ONE]).deliveries == 6
    assert truth(tmp_path, received=6).tally(["another"]).deliveries == 0


def test_redeliveries_of_one_sweep_count_once() -> None:
    foretelling = Foretelling(30, misses=[Miss(100.0, 0.1), Miss(100.2, 0.3), Miss(200.0, -0.1)])
    assert [miss.at for miss in foretelling.sweeps()] == [100.0, 200.0]

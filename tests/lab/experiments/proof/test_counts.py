"""The counts that the ledger is held against, from what tasks and workers wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.experiments.proof.counts import MessageCounts, counts_by_truth, received
from lab.experiments.truth import Death, TruthLog

ONE = "00000000-0000-0000-0000-000000000001"


def counts(folder: Path, *notes: tuple[str, int], retries: int = 0) -> MessageCounts:
    """The counts by a truth log of notes on one message: what, and the pid of the child that wrote it, or
    that died."""
    log, truth = folder / "truth.jsonl", TruthLog()
    with log.open("a") as file:
        for n, (what, pid) in enumerate(notes):
            if what == "died":
                truth.deaths.append(Death(n, pid=pid))
                continue
            line = {"what": what, "at": n, "id": ONE, "retries": retries, "worker": "w1@lab", "pid": pid}
            file.write(json.dumps(line) + "\n")
    truth.read(log)
    return counts_by_truth(truth, {}, [ONE])


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([("start", 1), ("end", 1)], MessageCounts(0, 1, 0, 0)),
        ([("start", 1), ("end", 1), ("start", 2), ("end", 2)], MessageCounts(0, 2, 1, 0)),
        ([("start", 1), ("start", 2), ("end", 2), ("end", 1)], MessageCounts(0, 2, 1, 0)),
        ([("start", 1), ("died", 1), ("start", 2), ("end", 2)], MessageCounts(0, 2, 0, 1)),
        ([("start", 1), ("raised", 1), ("start", 2), ("end", 2)], MessageCounts(0, 2, 1, 0)),
        ([("start", 1), ("handed back", 1), ("start", 1), ("end", 1)], MessageCounts(0, 2, 0, 0)),
    ],
)
def test_runs_are_judged_by_what_the_runs_before_wrote(
    tmp_path: Path, notes: list[tuple[str, int]], expected: MessageCounts
) -> None:
    assert counts(tmp_path, *notes) == expected


def test_a_retry_is_no_duplicate_of_the_attempt_before(tmp_path: Path) -> None:
    counts(tmp_path, ("start", 1), ("end", 1))
    assert counts(tmp_path, ("start", 1), ("end", 1), retries=1) == MessageCounts(0, 2, 0, 0)


def test_deliveries_are_what_the_workers_logged(tmp_path: Path) -> None:
    (tmp_path / "w1.log").write_text(f"[INFO] Task lab.run[{ONE}] received\n" * 4)
    (tmp_path / "w2.log").write_text(f"[INFO] Task lab.run[{ONE}] received\n" * 2)
    logged = received(tmp_path.glob("w*.log"))
    assert counts_by_truth(TruthLog(), logged, [ONE]).deliveries == 6
    assert counts_by_truth(TruthLog(), logged, ["another"]).deliveries == 0

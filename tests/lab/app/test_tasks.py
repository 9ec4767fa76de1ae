"""The lab's tasks note how each run ended; only one that was killed notes nothing."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, Task
from celery.exceptions import Reject

from lab.app.tasks import TRUTH_LOG, noted
from lab.experiments.truth import TruthLog


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (None, {"what": "end"}),
        (ValueError("no"), {"what": "raised", "exception": "ValueError"}),
        (Reject("put it back", requeue=True), {"what": "handed back"}),
        (Reject("drop it", requeue=False), {"what": "raised", "exception": "Reject"}),
    ],
)
def test_a_run_notes_its_start_and_how_it_ended(
    error: Exception | None, line: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "truth.jsonl"
    monkeypatch.setenv(TRUTH_LOG, str(log))

    def body(self: Task) -> None:
        with noted(self):
            if error:
                raise error

    task: Any = Celery("noting", set_as_current=False).task(body, bind=True, name="noting")
    task.apply()
    start, end = (json.loads(each) for each in log.read_text().splitlines())
    assert start["what"] == "start" and "exception" not in start
    assert {key: end[key] for key in ("what", "exception") if key in end} == line
    truth = TruthLog()
    truth.read(log)
    assert truth.running(inf) == [] and truth.runs[0].handed_back == (line["what"] == "handed back")

"""The short proof: the ledger and the forecast against what really happens, in about a minute."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.e2e.terminal import ROOT


def test_every_count_of_every_row_is_what_happened() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lab", "proof", "--short", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
    )
    report = json.loads(done.stdout or "{}")
    wrong = [row for row in report.get("rows", ()) if not row["right"]]
    assert done.returncode == 0 and not wrong, wrong or done.stderr
    assert len(report["rows"]) == 18
    assert all(row["ledger"]["executions"] for row in report["rows"] if "revoked" not in row["name"])

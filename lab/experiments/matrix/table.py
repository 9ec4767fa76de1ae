"""The table of the matrix: its results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.matrix.cells import Cell
from lab.experiments.matrix.results import Results


def rows_of(wanted: Iterable[Cell], results: Results) -> list[dict[str, Any]]:
    """The results that there are, in the order of the cells."""
    found = [results.of(cell.scenario, cell.cure) for cell in wanted]
    return [result for result in found if result is not None]


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
            f" | {row['stalled_s']:.1f} s | {_verdict(row)} |"
        )
    if rows:
        dates = sorted(row["date"][:10] for row in rows)
        span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
        made = ", ".join(f"{name} {number}" for name, number in rows[0]["versions"].items())
        lines += ["", f"Each row is one real run, {span}, with {made}."]
    return "\n".join(lines)


def _verdict(row: dict[str, Any]) -> str:
    """The verdict as the table says it: with a cure, "not reproduced" is what was hoped for."""
    word = str(row["verdict"])
    if row["cure"] is None or word not in ("reproduced", "not reproduced"):
        return word
    if word == "not reproduced":
        return "prevented" if row["claimed"] else "prevented, though not claimed"
    return "**not prevented**" if row["claimed"] else "not prevented, as expected"

"""`python -m lab matrix`: every scenario with every cure that claims it or is doubted, as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands import signals
from lab.commands.ids import known_id
from lab.commands.options import fail

if TYPE_CHECKING:
    from lab.experiments.matrix.cells import Cell
    from lab.experiments.matrix.results import Results


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table (the default).")
@click.option("--only", metavar="IDS", help="These scenarios, such as D1,L1.")
@click.option("--results", "file", type=click.Path(path_type=Path), help="The file that results are kept in.")
@click.option("--show", is_flag=True, help="Run nothing: print what there is.")
def matrix(as_json: bool, as_markdown: bool, only: str | None, file: Path | None, show: bool) -> None:
    """Run every scenario, without and with each cure, and print the table.

    What was run is kept, so that it can be stopped with ctrl+c and taken up again.
    """
    from lab.experiments.matrix import results as store
    from lab.experiments.matrix import table
    from lab.experiments.matrix.cells import cells

    if as_json and as_markdown:
        fail("one of --json and --markdown")
    wanted = cells(_named(only))
    try:
        results = store.Results(file or store.results_file())
        if not show:
            _run_missing(wanted, results)
    except OSError as error:
        fail(f"the results cannot be kept: {error}", 1)
    rows = table.rows_of(wanted, results)
    if as_json:
        click.echo(json.dumps({"versions": store.versions(), "cells": len(wanted), "results": rows}))
    else:
        click.echo(table.markdown(rows))


def _named(only: str | None) -> list[str]:
    """The ids of `--only`; none at all means every scenario, but a text without any is a mistake."""
    from lab.experiments.catalogue.index import SCENARIOS

    if only is None:
        return []
    names = [name.strip() for name in only.split(",") if name.strip()]
    if not names:
        fail("--only names no scenario; say which, such as --only D1,L1, or leave it out for all of them")
    return [known_id(name, SCENARIOS, "scenario") for name in names]


def _run_missing(wanted: list[Cell], results: Results) -> None:
    from lab.experiments.matrix.cells import missing, run_missing, seconds_left

    click.echo(
        f"{len(missing(wanted, results))} of {len(wanted)} cells to run,"
        f" about {seconds_left(wanted, results) / 60:.0f} min; results are kept in {results.path}",
        err=True,
    )
    current = ""
    bar: Any = click.progressbar(
        length=len(wanted),
        label="matrix",
        file=sys.stderr,
        # Cells differ tenfold, and some were run before: the estimate is from what each one takes.
        show_eta=False,
        item_show_func=lambda _: current,
    )

    def tell(cell: Cell, seconds: float) -> None:
        nonlocal current
        cure = f" with {cell.cure}" if cell.cure else ""
        current = f"{cell.scenario}{cure}, about {seconds / 60:.0f} min left"
        if not sys.stderr.isatty():
            # In a log file there is no bar: one line for each.
            click.echo(current, err=True)
        bar.update(0)
        bar.render_progress()

    with signals.by_signals() as stopped, bar:
        whole = run_missing(wanted, results, stopped, tell, lambda _: bar.update(1))
    if not whole:
        click.echo("stopped; the same command goes on from here", err=True)

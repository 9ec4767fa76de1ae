"""The catalogue on the command line: `scenarios`, `run`, `matrix` and `whatif`."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands import signals
from lab.commands.options import fail

if TYPE_CHECKING:
    from lab.experiments.matrix import Cell
    from lab.experiments.whatif import WhatIf

ENDINGS = {"reproduced": 0, "not reproduced": 1, "skipped": 0, "failed": 1, "stopped": 130}
"""Verdict to the exit status of `lab run` without a cure; with one, not reproduced is what was hoped for."""


@click.command()
def scenarios() -> None:
    """List every failure mode, by what it does to a task."""
    from lab.experiments.catalogue.index import SCENARIOS
    from lab.experiments.cures.index import CURES
    from lab.experiments.scenario import EFFECTS

    for effect in EFFECTS:
        click.echo(effect)
        for scenario in SCENARIOS.values():
            if scenario.effect == effect:
                extra = f" (needs {scenario.needs})" if scenario.needs else ""
                click.echo(f"  {scenario.id:<4} {scenario.name}{extra}  ~{scenario.seconds} s")
    click.echo("cures")
    for cure in CURES.values():
        click.echo(f"  {cure.id:<19} {cure.name}; for {', '.join(cure.claims)}")
    click.echo("run one: python -m lab run D1, with a cure: python -m lab run D1 --with lock")


@click.command()
@click.argument("scenario_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Only one JSON object, at the end.")
@click.option("--with", "cure_id", metavar="CURE", help="Run it with a cure in place.")
def run(scenario_id: str, as_json: bool, cure_id: str | None) -> None:
    """Run one scenario on real workers, and tell its story.

    Ends with 0 if it was reproduced, or with a cure if it was not; else with 1.
    """
    from lab.experiments.catalogue.index import SCENARIOS
    from lab.experiments.cures.index import CURES
    from lab.experiments.runs.headless import run_headless
    from lab.experiments.runs.log import LogLine

    scenario = SCENARIOS[_known(scenario_id, SCENARIOS, "scenario")]
    cure = CURES[_known(cure_id, CURES, "cure")] if cure_id else None

    def tell(line: LogLine) -> None:
        click.echo(line.as_text())
        sys.stdout.flush()

    if not as_json:
        click.echo(f"{scenario.id}  {scenario.name} ({scenario.effect}), about {scenario.seconds} s")
        if cure:
            click.echo(f"with  {cure.name}: {cure.guarantees}; costs: {cure.costs}")
            if scenario.id not in cure.claims:
                click.echo(f"      which does not claim to cure {scenario.id}")
    with signals.by_signals() as stopped:
        verdict = run_headless(scenario, cure, stopped, (lambda _: None) if as_json else tell)
    if as_json:
        click.echo(json.dumps(verdict.as_dict()))
    prevented = cure is not None and verdict.word in ("reproduced", "not reproduced")
    sys.exit(int(verdict.word == "reproduced") if prevented else ENDINGS[verdict.word])


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
    from lab.experiments import matrix as table
    from lab.experiments.catalogue.index import SCENARIOS

    if as_json and as_markdown:
        fail("one of --json and --markdown")
    names = [_known(name.strip(), SCENARIOS, "scenario") for name in only.split(",")] if only else []
    wanted = table.cells(names)
    path = file or table.results_file()
    try:
        results = table.Results(path)
        if not show:
            _fill(wanted, results)
    except OSError as error:
        fail(f"the results cannot be kept: {error}", 1)
    rows = table.table(wanted, results)
    if as_json:
        click.echo(json.dumps({"versions": table.versions(), "cells": len(wanted), "results": rows}))
    else:
        click.echo(table.markdown(rows))


def _fill(wanted: list[Cell], results: Any) -> None:
    from lab.experiments import matrix as table

    todo = [cell for cell in wanted if results.of(cell) is None]
    click.echo(
        f"{len(todo)} of {len(wanted)} cells to run, about {table.left(wanted, results) / 60:.0f} min;"
        f" results are kept in {results.path}",
        err=True,
    )
    shown = {"now": ""}
    bar: Any = click.progressbar(
        length=len(wanted),
        label="matrix",
        file=sys.stderr,
        # Cells differ tenfold, and some were run before: the estimate is from what each one takes.
        show_eta=False,
        item_show_func=lambda _: shown["now"],
    )

    def tell(cell: Cell, seconds: float) -> None:
        cure = f" with {cell.cure}" if cell.cure else ""
        shown["now"] = f"{cell.scenario}{cure}, about {seconds / 60:.0f} min left"
        if not sys.stderr.isatty():
            # In a log file there is no bar: one line for each.
            click.echo(shown["now"], err=True)
        bar.update(0)
        bar.render_progress()

    with signals.by_signals() as stopped, bar:
        whole = table.fill(wanted, results, stopped, tell, lambda _: bar.update(1))
    if not whole:
        click.echo("stopped; the same command goes on from here", err=True)


@click.command()
@click.option("--eta", type=click.FloatRange(0, 31_536_000), required=True, help="Seconds until it is due.")
@click.option("--visibility-timeout", type=click.IntRange(1, 31_536_000), required=True, metavar="SECONDS")
@click.option("--workers", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option(
    "--sweep",
    type=click.FloatRange(1, 1_000_000),
    default=100.0,
    show_default=True,
    help="Seconds between two sweeps of one worker: unacked_restore_interval times unacked_restore_throttle.",
)
@click.option("--json", "as_json", is_flag=True)
def whatif(eta: float, visibility_timeout: int, workers: int, sweep: float, as_json: bool) -> None:
    """Say how often a task would run with these settings, and when each copy is armed; runs nothing."""
    from lab.experiments.whatif import whatif as ask

    answer = ask(eta, visibility_timeout, workers, sweep)
    click.echo(json.dumps(answer.as_dict()) if as_json else "\n".join(_lines(answer)))


def _lines(answer: WhatIf) -> Iterable[str]:
    runs = f"{answer.least:,}" if answer.least == answer.most else f"{answer.least:,} to {answer.most:,}"
    more = " or more" if answer.endless else ""
    yield f"runs      {runs}×{more} (the range is over when the workers happened to start)"
    for n, copy in enumerate(answer.copies[:20], 1):
        doubt = "" if copy.certain else "   perhaps"
        when = (
            _span(copy.earliest)
            if copy.earliest == copy.latest
            else (f"{_span(copy.earliest)} to {_span(copy.latest)}")
        )
        yield f"copy {n:<4} armed after {when}{doubt}"
    if len(answer.copies) > 20:
        yield f"          and {len(answer.copies) - 20:,} more"
    yield (
        f"once      with a visibility timeout of {answer.smallest_timeout:,} s or more on every worker of"
        " the db: above the ETA, plus the longest wait for a worker"
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours} h {minutes:02d} min {rest:02.0f} s"
    return f"{minutes} min {rest:02.0f} s" if minutes else f"{rest:.1f} s"


def _known(name: str, names: Iterable[str], what: str) -> str:
    """The id that is meant, whatever its case; an unknown one ends the program with those that are near."""
    by_fold = {each.casefold(): each for each in names}
    if name.casefold() not in by_fold:
        near = difflib.get_close_matches(name.casefold(), list(by_fold), n=5, cutoff=0.3) or list(by_fold)
        fail(f"no {what} {name!r}; near it: {', '.join(by_fold[each] for each in near)}")
    return by_fold[name.casefold()]

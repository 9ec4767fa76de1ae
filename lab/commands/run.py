"""`python -m lab run`: one scenario on real workers, to its verdict."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from lab.commands import signals
from lab.commands.ids import known_id

if TYPE_CHECKING:
    from lab.experiments.runs.log import LogLine
    from lab.experiments.runs.verdict import ScenarioVerdict

EXIT_CODES = {"reproduced": 0, "not reproduced": 1, "skipped": 3, "failed": 1, "stopped": 130}
"""Of `lab run` without a cure, by the verdict; with one, not reproduced is what was hoped for."""


@click.command()
@click.argument("scenario_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Only one JSON object, at the end.")
@click.option("--with", "cure_id", metavar="CURE", help="Run it with a cure in place.")
def run(scenario_id: str, as_json: bool, cure_id: str | None) -> None:
    """Run one scenario on real workers, and tell what happens.

    Ends with 0 if it was reproduced, or with a cure if it was not; with 3 if it was skipped because a package
    is missing; with 130 if it was stopped; else with 1.
    """
    from lab.experiments.catalogue.index import SCENARIOS
    from lab.experiments.cures.index import CURES
    from lab.experiments.runs.headless import run_headless

    scenario = SCENARIOS[known_id(scenario_id, SCENARIOS, "scenario")]
    cure = CURES[known_id(cure_id, CURES, "cure")] if cure_id is not None else None

    if not as_json:
        click.echo(f"{scenario.id}  {scenario.name} ({scenario.effect}), about {scenario.seconds} s")
        if cure:
            click.echo(f"with  {cure.name}: {cure.guarantees}; costs: {cure.costs}")
            if scenario.id not in cure.claims:
                click.echo(f"      which does not claim to cure {scenario.id}")
    with signals.by_signals() as stopped:
        verdict = run_headless(scenario, cure, stopped, _nothing if as_json else _print)
    if as_json:
        click.echo(json.dumps(verdict.as_dict()))
    sys.exit(exit_code(verdict))


def exit_code(verdict: ScenarioVerdict) -> int:
    """The exit status that a verdict stands for."""
    if verdict.cure and verdict.judged:
        return 1 if verdict.word == "reproduced" else 0
    return EXIT_CODES[verdict.word]


def _print(line: LogLine) -> None:
    click.echo(line.as_text())
    sys.stdout.flush()


def _nothing(_: LogLine) -> None:
    pass

"""`python -m lab proof`: carries the experiments out and prints what was found."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from lab.commands.options import fail
from lab.commands.signals import by_signals
from lab.experiments.proof.claim import claim
from lab.experiments.proof.experiment import DEFAULT, FAST, Experiment
from lab.experiments.proof.loss import loss
from lab.experiments.proof.row import rows_of, table
from lab.experiments.proof.trial import Trial, TrialError
from lab.rig.rig import RigError

SIDE_BY_SIDE = 2
"""Rigs at once of those with the fast sweep, which is about what two cores carry in time."""

LOOK_EVERY = 0.05


@click.command()
@click.option("--short", is_flag=True, help="Only the rows with a sweep every second: about a minute.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def proof(short: bool, as_json: bool) -> None:
    """Hold the ledger and the forecast against what really happens.

    Runs real experiments and prints, for each row, what the ledger counted beside what the tasks and the
    workers wrote down themselves. Exits 1 if any count differs. In full it takes about a quarter of an hour.

    The last line is a measure, not a claim, and never makes the proof fail: a tenth of the facts is dropped
    at random, in silence. What a watcher loses is told (a connection broke, a queue was full) and marks the
    counts incomplete; a fact that vanishes without a trace is noticed only where another one misses it.
    """
    done: list[Trial] = []
    try:
        with click.progressbar(length=1_000, file=sys.stderr, label="proof", show_percent=True) as bar:
            if not short:
                _carry_out(DEFAULT, len(DEFAULT), done, bar, 0.0, 0.85)
            _carry_out(FAST, SIDE_BY_SIDE, done, bar, 0.0 if short else 0.85, 1.0)
    except (TrialError, RigError) as error:
        fail(str(error), 1)
    rows = [row for trial in done for row in rows_of(trial)]
    claims = {"default": claim(done, claims=True), "fast": claim(done, claims=False)}
    lossy = loss(done)
    if as_json:
        report = {
            "rows": [row.as_dict() for row in rows],
            "forecast": {name: asdict(each) for name, each in claims.items() if each},
            "a tenth of the facts dropped": asdict(lossy),
            "right": all(row.right for row in rows),
        }
        click.echo(json.dumps(report))
    else:
        click.echo("\n".join(table(rows)))
        for name, each in claims.items():
            if each:
                click.echo(f"redelivery, {name} sweep: {each.words}")
        click.echo(lossy.words)
    if not all(row.right for row in rows):
        sys.exit(1)


def _carry_out(
    experiments: Iterable[Experiment], abreast: int, done: list[Trial], bar: Any, begin: float, end: float
) -> None:
    """Run experiments, `abreast` at once. Whatever happens, no rig stays behind."""
    waiting = list(experiments)
    total = sum(experiment.seconds for experiment in waiting)
    running: list[Trial] = []
    finished = 0.0
    with by_signals() as stopped:
        try:
            while waiting or running:
                while waiting and len(running) < abreast:
                    running.append(Trial(waiting.pop(0)))
                for trial in list(running):
                    trial.look()
                    if trial.done:
                        trial.close()
                        running.remove(trial)
                        done.append(trial)
                        finished += trial.experiment.seconds
                under_way = sum(min(time.time() - t.begun, t.experiment.seconds) for t in running)
                _show(bar, begin + (end - begin) * min(1.0, (finished + under_way) / total))
                if stopped.wait(LOOK_EVERY):
                    raise TrialError("stopped; nothing is left behind")
        finally:
            for trial in running:
                trial.close()


def _show(bar: Any, part: float) -> None:
    position = int(part * 1_000)
    if position > bar.pos:
        bar.update(position - bar.pos)

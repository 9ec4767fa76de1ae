"""`python -m lab simulate`: histories from seeds, told to the model and held against their truth."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from lab.commands.options import fail
from lab.experiments.simulation.plan import CLASSES, draw
from lab.experiments.simulation.run import Judged, judge, judge_seed, shortest


@click.command()
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Only this history, with what happens in it."
)
@click.option("--count", type=click.IntRange(1), default=1_000, show_default=True, help="How many histories.")
@click.option("--start", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(CLASSES),
    help="Only these classes of faults, all of them in each history; more than one may be given.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --seed: write its facts, to be looked at with python -m tui --replay FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def simulate(
    seed: int | None, count: int, start: int, only: tuple[str, ...], record: Path | None, as_json: bool
) -> None:
    """Draw histories of a broker and its workers from seeds, and hold the model against them.

    Everything that goes wrong in the field may happen: crashes at every point, shutdowns, lost connections,
    restarts with and without memory, tasks that end in every way, clocks that are off, events that are lost,
    late or repeated. Exits 1 if the model says anything that was not so; a mistake is shown with the shortest
    history that still has it.
    """
    faults = only or None
    if seed is not None:
        _one(judge_seed(seed, faults), record)
        return
    if record:
        fail("--record needs --seed: one history is one recording")
    begun, facts, wrong = time.process_time(), 0, []
    for each in range(start, start + count):
        judged = judge_seed(each, faults)
        facts += len(judged.told.facts)
        if judged.mistakes:
            wrong.append((each, judged.mistakes[0]))
    seconds = time.process_time() - begun
    if as_json:
        mistakes = [{"seed": each, "checker": found.checker, "says": found.says} for each, found in wrong]
        click.echo(json.dumps({"histories": count, "facts": facts, "mistakes": mistakes}))
    else:
        rate = f"{count / seconds:,.0f} histories and {facts / seconds:,.0f} facts a second of CPU"
        click.echo(f"{count:,} histories, {facts:,} facts: {len(wrong)} with a mistake ({rate})")
        for each, found in wrong[:10]:
            click.echo(f"  seed {each}, {found.checker}: {found.says}")
        if wrong:
            each, found = wrong[0]
            click.echo(f"the shortest history of seed {each} that still has it:")
            _show(judge(shortest(draw(each, faults), found.checker)))
    if wrong:
        sys.exit(1)


def _one(judged: Judged, record: Path | None) -> None:
    """Show one history, and record it."""
    if record:
        from lab.watch.recording import Recorder, RecordingError

        try:
            recorder = Recorder(record)
        except RecordingError as error:
            fail(str(error))
        for fact in judged.told.facts:
            recorder.take(fact)
        recorder.close()
        if recorder.fault:
            fail(recorder.fault, 1)
    _show(judged)
    if judged.mistakes:
        sys.exit(1)


def _show(judged: Judged) -> None:
    plan, truth = judged.told.plan, judged.told.truth
    for worker in plan.workers:
        clock = f", its clock {worker.skew:+g} s" if worker.skew else ""
        click.echo(
            f"  {worker.name} from {worker.starts:.1f} s: hides for {worker.timeout:g} s, sweeps every"
            f" {worker.interval * worker.throttle:g} s, runs {worker.pool} at once{clock}"
        )
    for fault in plan.faults:
        click.echo(f"  {fault.at:6.2f} s  {fault.kind}")
    if plan.loses_pops:
        click.echo(f"  {plan.loses_pops:6.2f} s  a worker dies between a pop and its record")
    for publication in truth.publications.values():
        runs = (
            ", ".join(f"{run.how} on {run.worker} at {run.started:.2f}" for run in publication.runs)
            or "no run"
        )
        click.echo(
            f"  {publication.id} r{publication.retries} sent at {publication.sent:.2f}, delivered"
            f" {publication.deliveries}×: {runs or 'no run'}; {publication.end or truth.fate(publication)}"
        )
    for mistake in judged.mistakes:
        click.echo(f"  MISTAKE, {mistake.checker}: {mistake.says}")

"""`python -m lab simulate`: histories drawn from seeds, with the model held against what really happened."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.options import fail
from lab.commands.signals import by_signals

if TYPE_CHECKING:
    from lab.experiments.simulation.faults import Fault
    from lab.experiments.simulation.run import SimulatedRun

COUNT = 500
"""Histories, where nothing is said."""

SHRUNK = 5
"""Wrong histories that are made shorter and shown; the others are counted."""


@click.command()
@click.option("--seed", type=int, metavar="N", help="This history alone, told in full.")
@click.option("--seeds", metavar="A:B", help="From seed A up to seed B.")
@click.option(
    "--count", type=click.IntRange(1), default=COUNT, show_default=True, help="So many, from seed 0."
)
@click.option(
    "--only", multiple=True, metavar="FAULT", help="Nothing but these; 'none' and 'simple' are two."
)
@click.option("--faults", "list_faults", is_flag=True, help="Name the faults there are.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a wrong history, then the sums.")
@click.option(
    "--record", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="With --seed: write its facts as a recording, for tui --replay.",
)  # fmt: skip
def simulate(
    seed: int | None,
    seeds: str | None,
    count: int,
    only: tuple[str, ...],
    list_faults: bool,
    as_json: bool,
    record: Path | None,
) -> None:
    """Hold the model against any number of simulated histories, without a broker.

    Each seed gives one history: workers, messages and faults, the facts that would be seen of it, and what
    really became of each message. What the model says is checked against that. A mistake is shown with the
    shortest history in which it was found. Exits 1 if there was any.
    """
    from lab.experiments.simulation.faults import Fault

    if list_faults:
        click.echo("\n".join(Fault))
        return
    among = _among(only)
    if seed is not None:
        _one(seed, among, record)
        return
    if record:
        fail("--record needs --seed: a recording is of one history")
    if not _many(_range(seeds, count), among, as_json=as_json):
        sys.exit(1)


def _among(only: tuple[str, ...]) -> frozenset[Fault] | None:
    """The faults to draw from; None for all."""
    from lab.experiments.simulation.faults import SIMPLE, Fault

    if not only:
        return None
    found: set[Fault] = set()
    for name in only:
        if name == "simple":
            found |= SIMPLE
        elif name in set(Fault):
            found.add(Fault(name))
        elif name != "none":
            fail(f"There is no fault {name}: simulate --faults names them all")
    return frozenset(found)


def _range(seeds: str | None, count: int) -> range:
    if seeds is None:
        return range(count)
    first, _, last = seeds.partition(":")
    if not (first.isdigit() and last.isdigit() and int(first) < int(last)):
        fail("--seeds wants two numbers, the smaller one first: 0:1000")
    return range(int(first), int(last))


def _one(seed: int, among: frozenset[Fault] | None, record: Path | None) -> None:
    """Tell one history."""
    from lab.experiments.simulation.run import run_seed
    from lab.experiments.simulation.story import story
    from lab.watch.recording import Recorder, RecordingError

    run = run_seed(seed, among)
    click.echo("\n".join(story(run)))
    if record:
        try:
            recorder = Recorder(record)
        except RecordingError as error:
            fail(str(error))
        for fact in run.facts:
            recorder.take(fact)
        recorder.close()
        if recorder.fault:
            fail(recorder.fault, 1)
        click.echo(f"{record}: {len(run.facts):,} facts; python -m tui --replay {record}")
    click.echo(f"{run.validity}")
    if run.validity == "invalid":
        sys.exit(1)


def _many(seeds: range, among: frozenset[Fault] | None, *, as_json: bool) -> bool:
    """Run them all; whether nothing was wrong."""
    from lab.experiments.simulation.run import run_seed
    from lab.experiments.simulation.shrinking import shrink
    from lab.experiments.simulation.story import story

    found: Counter[str] = Counter()
    by_fault: Counter[str] = Counter()
    facts = done = 0
    wrong: list[SimulatedRun] = []
    begun = time.perf_counter()
    with by_signals() as stopped:
        for seed in seeds:
            if stopped.is_set():
                break
            run = run_seed(seed, among)
            done += 1
            facts += len(run.facts)
            found[run.validity] += 1
            if run.validity == "invalid":
                by_fault.update(run.plan.faults or ["none"])
                if len(wrong) < SHRUNK:
                    wrong.append(run)
    seconds = time.perf_counter() - begun
    for run in wrong:
        shortest = shrink(run)
        if as_json:
            click.echo(json.dumps(_as_dict(run, shortest)))
        else:
            click.echo("\n".join((*story(shortest), "")))
    sums: dict[str, Any] = {
        "histories": done,
        "seconds": round(seconds, 1),
        "histories a second": round(done / seconds, 1),
        "facts a second": round(facts / seconds),
        **{each: found[each] for each in ("valid", "unknown", "invalid")},
        "faults in those that are invalid": dict(by_fault.most_common()),
    }
    click.echo(json.dumps(sums) if as_json else "\n".join(_lines(sums)))
    return not found["invalid"]


def _as_dict(run: SimulatedRun, shortest: SimulatedRun) -> dict[str, Any]:
    from lab.experiments.simulation.story import story

    return {
        "seed": run.plan.seed,
        "faults": sorted(run.plan.faults),
        "wrong": {each.checker: list(each.evidence) for each in run.wrong()},
        "shortest": list(story(shortest)),
    }


def _lines(sums: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{sums['histories']:,} histories in {sums['seconds']} s: {sums['histories a second']} a second, "
        f"{sums['facts a second']:,} facts a second"
    )
    right, open_, wrong = sums["valid"], sums["unknown"], sums["invalid"]
    yield f"{right:,} valid, {open_:,} unknown (the model doubts), {wrong:,} invalid"
    for fault, times in sums["faults in those that are invalid"].items():
        yield f"  {times:6,} of the invalid ones with {fault}"

"""`python -m lab simulate`: histories drawn from seeds, with the model held against what really happened."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.options import FiniteRange, fail
from lab.commands.showing import as_dict, tell
from lab.commands.signals import by_signals

if TYPE_CHECKING:
    from lab.experiments.simulation.faults import Fault
    from lab.experiments.simulation.run import SimulatedRun

COUNT = 500
"""Histories, where nothing is said."""

SHRUNK = 5
"""Wrong histories that are made shorter and shown; of the others the seeds are told."""

NAMED = 20
"""Seeds that a line names."""


@click.command()
@click.option("--seed", type=int, metavar="N", help="This history alone, told in full and shown.")
@click.option("--seeds", metavar="A:B", help="From seed A up to seed B.")
@click.option(
    "--count", type=click.IntRange(1), default=COUNT, show_default=True, help="So many, from seed 0."
)
@click.option(
    "--only", multiple=True, metavar="FAULT", help="Nothing but these; 'none' and 'simple' are two."
)
@click.option("--faults", "list_faults", is_flag=True, help="Name the faults there are.")
@click.option(
    "--speed", type=FiniteRange(0.01, 1e6), default=5.0, show_default=True, help="How fast it is shown."
)
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
    speed: float,
    as_json: bool,
    record: Path | None,
) -> None:
    """Hold the model against any number of simulated histories, without a broker.

    Each seed gives one history: workers, messages and faults, the facts that would be seen of it, and what
    really became of each message. What the model says is checked against that. A mistake is shown with the
    shortest history in which it was found. Exits 1 if there was any.

    With --seed on a terminal the screen then replays that history, or where something is wrong the shortest
    that is as wrong, and the exit status is the screen's. Where the output is redirected, and with --json or
    --record, it is only told.
    """
    from lab.experiments.simulation.faults import Fault

    if list_faults:
        click.echo("\n".join(Fault))
        return
    among = _among(only)
    if seed is not None:
        from lab.experiments.simulation.run import run_seed

        tell(run_seed(seed, among), record, speed, as_json=as_json)
        return
    if record:
        fail("--record needs --seed: a recording is of one history")
    if not _many(_range(seeds, count), among, only, as_json=as_json):
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


def _many(seeds: range, among: frozenset[Fault] | None, only: Collection[str], *, as_json: bool) -> bool:
    """Run them all; whether nothing was wrong. `only` are the words for the faults."""
    from lab.experiments.simulation.run import run_seed
    from lab.experiments.simulation.shrinking import shrink
    from lab.experiments.simulation.story import story

    found: Counter[str] = Counter()
    by_fault: Counter[str] = Counter()
    by_checker: defaultdict[str, list[int]] = defaultdict(list)
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
                for judgement in run.wrong():
                    by_checker[judgement.checker].append(seed)
                if len(wrong) < SHRUNK:
                    wrong.append(run)
    seconds = time.perf_counter() - begun
    for run in wrong:
        shortest = shrink(run)
        if as_json:
            click.echo(json.dumps(as_dict(run, shortest)))
        else:
            click.echo("\n".join((*story(shortest), f"  to see it: {_command(run.plan.seed, only)}", "")))
    sums: dict[str, Any] = {
        "histories": done,
        "seconds": round(seconds, 1),
        "histories a second": round(done / seconds, 1),
        "facts a second": round(facts / seconds),
        **{each: found[each] for each in ("valid", "unknown", "invalid")},
        "invalid by checker": by_checker,
        "faults in those that are invalid": dict(by_fault.most_common()),
    }
    click.echo(json.dumps(sums) if as_json else "\n".join(_lines(sums)))
    return not found["invalid"]


def _command(seed: int, only: Collection[str]) -> str:
    """What shows one history on the screen."""
    return " ".join(("python -m lab simulate --seed", str(seed), *(f"--only {each}" for each in only)))


def _lines(sums: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{sums['histories']:,} histories in {sums['seconds']} s: {sums['histories a second']} a second, "
        f"{sums['facts a second']:,} facts a second"
    )
    right, open_, wrong = sums["valid"], sums["unknown"], sums["invalid"]
    yield f"{right:,} valid, {open_:,} unknown (the model doubts), {wrong:,} invalid"
    for checker, seeds in sums["invalid by checker"].items():
        named = ", ".join(map(str, seeds[:NAMED])) + (", …" if len(seeds) > NAMED else "")
        yield f"  {len(seeds):6,} by {checker}: {named}"
    for fault, times in sums["faults in those that are invalid"].items():
        yield f"  {times:6,} of the invalid ones with {fault}"

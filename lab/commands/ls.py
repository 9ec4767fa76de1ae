"""`python -m lab ls`: the labs of this user that run, and what is left of those that were killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import click

from lab.commands.options import fail
from lab.rig import cleanup, processes, registry
from lab.rig.cleanup import Remains
from lab.rig.record import RegistryError, RigRecord
from lab.watch.broker.address import masked
from lab.watch.outputs.untrusted_text import clean


@click.command()
def ls() -> None:
    """List the labs that run, and what is left of those that were killed."""
    try:
        found = registry.look()
    except RegistryError as error:
        fail(str(error))
    running = processes.running() if found.left else []
    for record in found.running:
        _say(_running(record))
    for record in found.left:
        _say(_left(record, cleanup.remains(record, running)))
    for path in found.unreadable:
        click.echo(f"file {clean(str(path))} says nothing, and nobody holds it")
    if found.left or found.unreadable:
        click.echo("`python -m lab clean` ends and removes what is left")
    elif not found.running:
        click.echo("No lab is running, and nothing was left behind")


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(clean(line, registry.LARGEST))


def _running(record: RigRecord) -> Iterator[str]:
    state = "ends" if record.ending else "runs" if record.url else "starts"
    yield f"lab {record.id}  {state}, since {_since(record)}"
    if record.url:
        prefix = f", prefix {record.prefix}" if record.prefix else ""
        yield f"  broker     {masked(record.url)}{prefix}"
    pids = {"program": record.program_pid, "keeper": record.keeper_pid, "server": record.server_pid or 0}
    named = [f"{name} {pid}" for name, pid in {**pids, **record.worker_pids}.items() if pid]
    yield f"  processes  {', '.join(named)}"
    yield f"  folder     {record.folder}"


def _left(record: RigRecord, left: Remains) -> Iterator[str]:
    yield f"lab {record.id}  was killed, keeper {record.keeper_pid} with it; started {_since(record)}"
    for process in left.processes:
        yield f"  runs on    {process.pid} {process.command}"
    if left.folder:
        yield f"  folder     {left.folder}"
    if left.keys:
        yield f"  keys       {left.keys}* on {masked(record.url)}"


def _since(record: RigRecord) -> str:
    at = datetime.fromtimestamp(record.started).isoformat(sep=" ", timespec="seconds")
    return f"{at} ({registry.age(max(0.0, time.time() - record.started))})"

"""`python -m lab clean`: an end to what is left of labs that were killed."""

from __future__ import annotations

import sys

import click

from lab.commands.options import fail
from lab.rig import cleanup, registry
from lab.rig.record import RegistryError
from lab.watch.outputs import untrusted_text


@click.command()
@click.option("--forget", is_flag=True, help="No longer name what could not be removed.")
def clean(forget: bool) -> None:
    """End and remove what is left of labs whose program and keeper were killed. Labs that run stay.

    A process is ended only if it is proven to be one of theirs.
    """
    try:
        found = registry.look()
    except RegistryError as error:
        fail(str(error))
    trouble = False
    for record in found.left:
        cleared = cleanup.clear(record)
        _say(f"lab {record.id}: {cleared.words}")
        for process in cleared.processes:
            _say(f"  ended {process.pid} {process.command}")
        if cleared.trouble and forget and not cleanup.remains(record).processes:
            registry.forget(record.id)
            _say("  forgotten")
        elif cleared.trouble:
            trouble = True
    for path in found.unreadable:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            fail(f"{path} cannot be removed: {error.strerror}", 1)
        _say(f"removed {path}, which says nothing")
    if not found.left and not found.unreadable:
        click.echo("Nothing was left behind")
    if trouble:
        fail("Not all could be removed: see above; `--forget` no longer names it", 1)
    sys.stdout.flush()


def _say(line: str) -> None:
    click.echo(untrusted_text.clean(line))

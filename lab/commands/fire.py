"""`python -m lab fire`: one task to the running lab."""

from __future__ import annotations

from datetime import datetime

import click

from lab.commands.options import FiniteRange, fail, found, lab_option
from lab.settings import LIMITS


@click.command()
@click.argument("seconds", type=FiniteRange(*LIMITS["eta_seconds"]))
@click.argument("name")
@lab_option
def fire(seconds: float, name: str, lab_id: str | None) -> None:
    """Send one task NAME due in SECONDS to the running lab."""
    record = found(lab_id)
    from lab.app.producer import FireError, Producer

    try:
        fired = Producer(record.url, record.prefix).fire(seconds, name)[0]
    except FireError as error:
        fail(str(error), 1)
    due = datetime.fromtimestamp(fired.eta).astimezone()
    click.echo(f"task id                  {fired.id}")
    click.echo(f"expected execution time  {due.isoformat(sep=' ', timespec='milliseconds')}")

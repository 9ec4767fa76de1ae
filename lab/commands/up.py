"""`python -m lab up`: a broker and workers, kept until ctrl+c."""

from __future__ import annotations

import time
from typing import Any

import click

from lab.commands.options import fail, settings_options, settled
from lab.commands.signals import LOOK_EVERY, by_signals
from lab.rig import reports
from lab.watch.broker.address import masked
from lab.watch.outputs.untrusted_text import clean

READY = 15.0
"""Seconds that a broker has to answer."""


@click.command()
@settings_options
def up(**flags: Any) -> None:
    """Start a broker and workers, and keep them until ctrl+c."""
    settings = settled(flags)
    from lab.lab_session import LabSession
    from lab.rig.rig import RigError

    online: set[tuple[str, int]] = set()
    with by_signals() as stopped:
        try:
            session = LabSession.start(settings)
        except RigError as error:
            fail(str(error))
        try:
            session.rig.wait_ready(READY)
            click.echo(f"lab       {session.rig.state.id}")
            while not stopped.wait(LOOK_EVERY):
                for report in session.look().reports:
                    _say(report)
                for life in session.model.ledger.lives.present(time.time()):
                    if (life.worker, life.pid) not in online:
                        online.add((life.worker, life.pid))
                        click.echo(f"worker    {clean(life.worker)} is online")
                if session.lost:
                    fail(session.lost, 1)
        except RigError as error:
            fail(str(error), 1)
        finally:
            session.close()
    kept = settings.lab_prefix if settings.broker_url else None
    left = (
        f"the keys under {clean(kept)} stay, because that prefix was set"
        if kept
        else "nothing is left behind"
    )
    click.echo(f"stopped; {left}")


def _say(report: reports.Report) -> None:
    match report:
        case reports.BrokerReady():
            kind = "embedded " + (report.version or "") if report.embedded else "named"
            click.echo(f"broker    {masked(report.url)} ({kind.strip()})")
            if report.prefix:
                click.echo(f"prefix    {report.prefix}")
            click.echo(
                "stop      ctrl+c; from another terminal: python -m lab fire 30 CELERY, python -m lab watch"
            )
        case reports.WorkerStarted():
            click.echo(f"worker    {report.name} (pid {report.pid}), log {report.log}")
        case reports.WorkerExited():
            again = f"; again in {report.restart_in:g} s" if report.restart_in is not None else ""
            click.echo(f"worker    {report.name} ended: {report.why}{again}")
        case reports.WorkerGaveUp():
            click.echo(f"worker    {report.name} gave up: see {report.log}")
        case reports.BrokerDied():
            click.echo("broker    died; it is started again")
        case reports.LeftCleared(lab=lab, what=what):
            click.echo(f"cleaned   lab {clean(lab)}, which had been killed: {clean(what)}")
        case reports.RigFailed():
            click.echo(report.line, err=True)

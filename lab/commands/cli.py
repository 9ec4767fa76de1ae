"""`python -m lab`: the laboratory from the command line."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.experiments import matrix, run, scenarios, whatif
from lab.commands.options import (
    ask_option,
    fail,
    found,
    lab_option,
    recording_options,
    settings_options,
    settled,
)
from lab.commands.proof import proof
from lab.commands.signals import by_signals
from lab.rig import reports
from lab.watch.outputs.text import clean
from lab.watch.sources.address import masked

if TYPE_CHECKING:
    from lab.session import Session

READY = 15.0
"""Seconds that a broker has to answer."""

LOOK_EVERY = 0.1
"""Seconds between two looks at what was reported and seen."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A laboratory for Celery on a Redis broker: a broker, real workers, and what becomes of a task.

    Settings come from flags, then the environment, then .env, then defaults.
    """


@cli.command()
@settings_options
def up(**flags: Any) -> None:
    """Start a broker and workers, and keep them until ctrl+c."""
    settings = settled(flags)
    from lab.rig.rig import RigError
    from lab.session import Session

    online: set[tuple[str, int]] = set()
    with by_signals() as stopped:
        try:
            session = Session.start(settings)
        except RigError as error:
            fail(str(error), 1)
        try:
            assert session.rig is not None
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
        case reports.RigFailed():
            click.echo(report.line, err=True)


@cli.command()
@click.argument("seconds", type=click.FloatRange(0, 31_536_000))
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


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--for", "seconds", type=click.FloatRange(0), metavar="SECONDS", help="End after this time.")
@recording_options
@ask_option
@lab_option
def watch(
    as_json: bool,
    seconds: float | None,
    lab_id: str | None,
    record: Path | None,
    replay: Path | None,
    speed: float,
    ask: bool,
) -> None:
    """Tell every delivery, redelivery, execution and duplicate as it happens, then a summary.

    Each delivery and each execution is one line, under the kind that says most of it: a redelivery is a
    delivery, a duplicate and a recovery are executions.
    """
    from lab.session import Session
    from lab.watch.recording import RecordingError

    try:
        session = Session.replay(replay, speed) if replay else Session.join(found(lab_id), ask=ask)
    except RecordingError as error:
        fail(str(error))
    try:
        if record:
            session.record(record)
        _narrate(session, as_json, seconds)
    except RecordingError as error:
        fail(str(error))
    finally:
        session.close()
    if trouble := session.recorder and session.recorder.fault:
        fail(trouble, 1)
    if trouble := session.lost:
        # Who asked for a time got what there was of it: the end of somebody else's lab is no failure then.
        fail(trouble, 0 if session.live and seconds is not None else 1)


def _narrate(session: Session, as_json: bool, seconds: float | None) -> None:
    """Tell what happens until nothing is left to watch, the time is over, or ctrl+c; then the summary."""
    from lab.watch.outputs.narrator import Narrator, summary

    narrator = Narrator()
    until = time.monotonic() + seconds if seconds is not None else float("inf")

    def tell() -> None:
        for line in narrator.tell(session.look().accounts):
            click.echo(line.as_json() if as_json else line.as_text())
        sys.stdout.flush()

    with by_signals() as stopped:
        while time.monotonic() < until and not stopped.wait(LOOK_EVERY):
            ended = session.recording is not None and session.recording.ended
            tell()
            if ended or session.lost:
                break
    tell()
    last = summary(session.model.ledger, session.clock())
    click.echo(last.as_json() if as_json else last.as_text())


@cli.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=5555, show_default=True)
@lab_option
def flower(port: int, lab_id: str | None) -> None:
    """Show the lab in Flower, on localhost, until ctrl+c."""
    record = found(lab_id)
    if importlib.util.find_spec("flower") is None:
        fail(
            "Flower is not installed: pip install 'flower>=2.0', or this project with its extra, '.[flower]'"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            fail(f"Port {port} cannot be used ({error.strerror}): choose another with --port", 1)
    from lab.rig.workers import python_path

    options = {
        "BROKER_URL": record.url,
        "LAB_PREFIX": record.prefix,
        "PYTHONPATH": python_path(os.environ),
    }
    click.echo(f"Flower    http://localhost:{port}, stop with ctrl+c")
    sys.stdout.flush()
    command = [sys.executable, "-m", "celery", "-A", "lab.app.celery_app", "flower"]
    # Its place is taken by Flower, which then gets ctrl+c and every signal itself.
    os.execve(sys.executable, [*command, "--address=127.0.0.1", f"--port={port}"], {**os.environ, **options})


for command in (proof, scenarios, run, matrix, whatif):
    cli.add_command(command)

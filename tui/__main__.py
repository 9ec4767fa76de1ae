"""`python -m tui`: options in, a session started, the screen over it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from lab.attachment import Attachment
from lab.commands.attaching import nothing_shaped, said_by_user, target_of, target_options
from lab.commands.choosing import found_out
from lab.commands.gate import gated
from lab.commands.options import (
    ask_option,
    fail,
    found,
    lab_option,
    settings_options,
    settled,
    version_option,
)
from lab.commands.recording_options import NewRecording, record_options, replay_options
from lab.lab_session import JoinedLab, LabSession
from lab.replay import ReplaySession
from lab.rig import registry
from lab.rig.record import RegistryError
from lab.rig.rig import RigError
from lab.session import Session
from lab.settings import Settings
from lab.watch.model.accounts.counts import Counts
from lab.watch.outputs.plurals import plural
from lab.watch.recording.lines import RecordingError
from tui.cells.durations import times

LOST = 1
"""Exit code for a lab that was lost while it was watched, or a fault of the program's own."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@settings_options
@lab_option
@record_options
@replay_options
@ask_option
@version_option
@target_options
def command(
    lab_id: str | None,
    record: NewRecording | None,
    replay: Path | None,
    speed: float,
    ask: bool,
    **flags: Any,
) -> None:
    """Watch a Celery message on a Redis broker being redelivered, and run twice.

    Without URL it starts a broker and workers of its own, and shows what stands in `unacked`. Press e: one
    message is sent; it is handed out again and again, and at its ETA every copy runs. Nothing is left behind
    after q. Every option that shapes the lab may also be set in the environment or in .env, by its name in
    capitals: VISIBILITY_TIMEOUT=60. The broker's is BROKER_URL.

    With URL, -A or --attach it watches somebody else's broker, and never writes to it: --visibility-timeout
    and its like then say what the workers there run with, if you know it.
    """
    target = target_of(flags, lab_id=lab_id, replay=replay)
    if target:
        target = said_by_user(target, flags)
        needs_terminal()
        open_screen(Attachment(found_out(target), ask=ask), Settings(), record)
    if replay:
        nothing_shaped(flags, "a recording is only watched")
    elif lab_id is not None:
        nothing_shaped(flags, "a joined lab is another program's", but=("eta_seconds",))
    settings = settled(flags)
    greeting = "" if replay or lab_id is not None else how_to_join()
    try:
        session = _session(settings, lab_id, replay, speed, ask=ask)
    except (RigError, RecordingError) as error:
        fail(str(error))
    open_screen(session, settings, record, greeting)


def needs_terminal() -> None:
    """End the program with a line where there is none to draw on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        fail("The screen needs a terminal: without one, python -m lab up, fire and watch do the same")


def open_screen(
    session: Session, settings: Settings, record: NewRecording | None, greeting: str = ""
) -> NoReturn:
    """Show a session, recorded if that is wanted, until it is left; then end the program."""
    try:
        if record:
            session.record(record.path, record.rotation)
    except RecordingError as error:
        session.close()
        fail(str(error))
    sys.exit(_run(session, settings, greeting))


def _session(
    settings: Settings, lab_id: str | None, replay: Path | None, speed: float, *, ask: bool
) -> Session:
    joined = found(lab_id) if lab_id is not None else None
    needs_terminal()
    if replay:
        return ReplaySession(replay, speed)
    if joined:
        return JoinedLab(joined, ask=ask)
    return LabSession.start(settings, terminal=sys.stdin.fileno(), ask=ask)


def how_to_join() -> str:
    """That other labs run, and how to watch one instead of one's own; empty if none does."""
    try:
        running = registry.alive()
    except RegistryError:
        # The lab that is started next will say so.
        return ""
    if not running:
        return ""
    ids = ", ".join(record.id for record in running)
    if len(running) == 1:
        return f"Another lab runs, too: python -m tui --lab {ids} joins it"
    return f"Other labs run, too, and python -m tui --lab ID joins one: {ids}"


def _run(session: Session, settings: Settings, greeting: str) -> int:
    """Show the screen until it is left; the exit code. The terminal is given back before the lab is ended.

    `greeting` is the first line of the status.
    """
    from tui.actions.producer_thread import Firing
    from tui.actions.runs import ScenarioRuns
    from tui.app import UnackedApp

    firing, runs = Firing(session.producer), ScenarioRuns()
    try:
        app = UnackedApp(session, settings.eta_seconds, firing, session.clock, runs, greeting)
        app.run()
        lost = session.lost
    finally:
        # The rig of a scenario ends in the background while the others are closed.
        runs.leave()
        firing.close()
        session.close()
        runs.close()
    if trouble := lost or app.fault or (session.recorder and session.recorder.fault):
        click.echo(str(trouble), err=True)
        return LOST
    if summary := _summary(session.model.ledger.counts):
        click.echo(summary)
    return app.return_code or 0


def _summary(counts: Counts) -> str:
    """What there was, in one line; empty if nothing was sent."""
    if not counts.messages:
        return ""
    return " · ".join(
        (
            f"{counts.messages:,} sent",
            plural(counts.deliveries, "delivery", "deliveries"),
            f"ran {times(counts.executions)}" if counts.executions else "not run yet",
            plural(counts.duplicates, "duplicate"),
        )
    )


def main() -> None:
    """The program `unacked`."""
    with gated():
        try:
            command()
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()

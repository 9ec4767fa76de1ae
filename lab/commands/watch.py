"""`python -m lab watch`: what happens, line by line, in the running lab or in a recording."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.attaching import nothing_said, said_by_user, said_options, target_of, target_options
from lab.commands.choosing import found_out
from lab.commands.options import FiniteRange, ask_option, fail, found, lab_option
from lab.commands.recording_options import NewRecording, record_options, replay_options
from lab.commands.signals import LOOK_EVERY, by_signals

if TYPE_CHECKING:
    from lab.session import Session
    from lab.watch.outputs.lines import NarratedLine


INCOMPLETE = 3
"""How a watch ends whose counts are incomplete."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--for", "seconds", type=FiniteRange(0), metavar="SECONDS", help="End after this time.")
@record_options
@replay_options
@ask_option
@lab_option
@said_options
@target_options
def watch(
    as_json: bool,
    seconds: float | None,
    lab_id: str | None,
    record: NewRecording | None,
    replay: Path | None,
    speed: float,
    ask: bool,
    **flags: Any,
) -> None:
    """Tell every delivery, redelivery, execution and duplicate as it happens, then a summary.

    Without URL, -A or --attach it watches the lab that runs. A broker that is attached is never written to.
    Each delivery and each execution is one line, under the kind that says most of it: a redelivery is a
    delivery, a duplicate and a recovery are executions. A doubt is a line, too, when it comes and when it is
    over.

    Ends with 0 where the counts are complete, with 3 where they are not, and why, and with 2 where nothing
    could be watched.
    """
    from lab.attachment import Attachment
    from lab.lab_session import JoinedLab
    from lab.replay import ReplaySession
    from lab.watch.recording.lines import RecordingError

    session: Session
    target = target_of(flags, lab_id=lab_id, replay=replay)
    if target is None:
        nothing_said(flags)
    try:
        if replay:
            session = ReplaySession(replay, speed)
        elif target:
            session = Attachment(found_out(said_by_user(target, flags)), ask=ask)
        else:
            session = JoinedLab(found(lab_id), ask=ask)
    except RecordingError as error:
        fail(str(error))
    try:
        if record:
            session.record(record.path, record.rotation)
        _narrate(session, as_json, seconds)
    except RecordingError as error:
        fail(str(error))
    finally:
        session.close()
    if trouble := session.recorder and session.recorder.fault:
        fail(trouble, 1)
    if trouble := session.lost:
        fail(trouble, INCOMPLETE)
    doubts = session.model.ledger.doubts
    if session.live and not session.model.ledger.reached:
        fail(f"Nothing could be watched: {'; '.join(doubts)}")
    if doubts:
        fail(f"The counts are incomplete: {'; '.join(doubts)}", INCOMPLETE)


def _narrate(session: Session, as_json: bool, seconds: float | None) -> None:
    """Tell what happens until nothing is left to watch, the time is over, or ctrl+c; then the summary."""
    from lab.watch.outputs.attendance import Attendance
    from lab.watch.outputs.doubt_lines import DoubtLines
    from lab.watch.outputs.lines import summary
    from lab.watch.outputs.narrator import Narrator

    narrator, attendance, doubts = Narrator(), Attendance(), DoubtLines()
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    said = ""

    def say(lines: Iterable[NarratedLine]) -> None:
        for line in lines:
            click.echo(line.as_json() if as_json else line.as_text())
        sys.stdout.flush()

    with by_signals() as stopped:
        while time.monotonic() < until and not stopped.wait(LOOK_EVERY):
            # Before the look, which brings every fact until then.
            ended, before = session.ended, session.clock()
            accounts = session.look().accounts
            say(narrator.tell(accounts, before, session.clock()))
            say(doubts.tell(session.model.ledger.doubts, session.clock()))
            say(attendance.tell(session.model.ledger, session.clock()))
            if (fault := session.recorder and session.recorder.fault) and not said:
                said = fault
                click.echo(fault, err=True)
            if ended or session.lost:
                break
    # Whatever still waits: nothing that comes later could correct it.
    say(narrator.tell(session.look().accounts))
    say([summary(session.model, session.clock())])

"""`celery -A proj unacked`: the screen over the broker of a Celery app, as one of Celery's commands."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from lab.commands.choosing import found_out
from lab.commands.gate import gated
from lab.commands.options import ask_option, fail, warn_of_password
from lab.commands.recording_options import NewRecording, record_options


@click.command("unacked", context_settings={"help_option_names": ["-h", "--help"]})
@ask_option
@record_options
@click.pass_context
def unacked(context: click.Context, ask: bool, record: NewRecording | None) -> None:
    """Watch what stands in unacked, when it is redelivered, and what runs twice. Writes nothing."""
    from lab.attachment import Attachment
    from lab.settings import Settings
    from lab.target import TargetError, from_app
    from tui.__main__ import needs_terminal, open_screen

    # `celery.bin.base:CLIContext`, 5.7.0.
    app: Any = context.obj.app
    with gated():
        try:
            target = from_app(app)
        except TargetError as error:
            fail(str(error))
        celery = context.parent
        if celery and celery.get_parameter_source("broker") is ParameterSource.COMMANDLINE:
            warn_of_password(str(celery.params["broker"]), "CELERY_BROKER_URL, in the environment,")
        needs_terminal()
        open_screen(Attachment(found_out(target), ask=ask), Settings(), record)

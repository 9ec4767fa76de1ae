"""`python -m tui`: options in, a rig started or joined, the screen over it."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from lab.registry import RegistryError, find
from lab.rig import RigError
from lab.session import Session
from lab.settings import PROFILES, SettingError, Settings, load
from lab.watch.ledger import Counts
from tui.text import plural, times

WRONG = 2
"""Exit code for an option that cannot be used, or a lab that cannot be found or started."""

LOST = 1
"""Exit code for a lab that was lost while it was watched, or a fault of the program's own."""


GIVEN = Settings()
"""What holds where nothing else was said."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--broker",
    "--broker-url",
    "broker_url",
    metavar="URL",
    help="A Redis or Valkey to use; without it, an embedded Valkey is started.",
)
@click.option(
    "--lab-prefix",
    metavar="TEXT",
    help="The key prefix on a named broker; without it, one that is unique to this run.",
)
@click.option(
    "--visibility-timeout",
    metavar="SECONDS",
    help=f"How long an unacknowledged message stays hidden ({GIVEN.visibility_timeout}).",
)
@click.option(
    "--restore-interval",
    metavar="SECONDS",
    help=f"Seconds between two calls of a worker's sweep ({GIVEN.restore_interval}) …",
)
@click.option(
    "--restore-throttle", metavar="N", help=f"… of which every Nth does sweep ({GIVEN.restore_throttle})."
)
@click.option("--workers", metavar="N", help=f"Workers to start ({GIVEN.workers}).")
@click.option("--concurrency", metavar="N", help=f"Pool processes of each worker ({GIVEN.concurrency}).")
@click.option(
    "--eta-seconds",
    "--eta",
    metavar="SECONDS",
    help=f"In how many seconds a message that e sends is due ({GIVEN.eta_seconds}).",
)
@click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    help="fast: redelivery within seconds; seed: Celery's own sweep, every 100 s.",
)
@click.option(
    "--lab",
    "lab_id",
    metavar="ID",
    help="Watch the running lab of that id (or the beginning of it) instead of starting one.",
)
def command(profile: str | None, lab_id: str | None, **flags: Any) -> None:
    """Watch a Celery message on a Redis broker being redelivered, and run twice.

    Starts a broker and workers of its own, and shows what stands in `unacked`. Press e: one message is sent;
    it is handed out again and again, and at its ETA every copy runs. Nothing is left behind after q.

    Every option but --profile and --lab may also be set in the environment or in .env, by its name in
    capitals: VISIBILITY_TIMEOUT=60. The broker's is BROKER_URL.
    """
    try:
        settings = load(flags, os.environ, profile=profile)
        session = _session(settings, lab_id)
    except (SettingError, RegistryError, RigError) as error:
        click.echo(f"unacked: {error}", err=True)
        sys.exit(WRONG)
    sys.exit(_run(session, settings))


def _session(settings: Settings, lab_id: str | None) -> Session:
    if lab_id is not None:
        return Session.join(find(lab_id))
    return Session.start(settings, terminal=sys.stdin.fileno() if sys.stdin.isatty() else None)


def _run(session: Session, settings: Settings) -> int:
    """Show the screen until it is left; the exit code. The terminal is given back before the lab is ended."""
    from tui.app import UnackedApp
    from tui.firing import Firing

    firing = Firing(session.producer)
    try:
        app = UnackedApp(session, settings.eta_seconds, firing)
        app.run()
        lost = session.lost
    finally:
        firing.close()
        session.close()
    if trouble := lost or app.fault:
        click.echo(f"unacked: {trouble}", err=True)
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
    try:
        command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

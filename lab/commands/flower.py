"""`python -m lab flower`: the running lab in Flower."""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
import sys
from collections.abc import Mapping

import click

from lab.commands.options import fail, found, lab_option
from lab.rig.record import RigRecord
from lab.rig.workers import app_environment

AUTH, USER = "FLOWER_BASIC_AUTH", "lab"
"""Flower's option `basic_auth` as the environment has it (`flower.command:apply_env_options`, 2.2.0), and who
logs in with it."""


@click.command()
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
    access = door(os.environ)
    shown = f", user {USER}, password {access[AUTH].partition(':')[2]}" if AUTH in access else ""
    click.echo(f"Flower    http://localhost:{port}{shown}; stop with ctrl+c")
    sys.stdout.flush()
    command = [sys.executable, "-m", "celery", "-A", "lab.app.celery_app", "flower"]
    command += ["--address=127.0.0.1", f"--port={port}"]
    # Its place is taken by Flower, which then gets ctrl+c and every signal itself.
    os.execve(sys.executable, command, {**os.environ, **access, **flower_environment(record)})


def door(environ: Mapping[str, str]) -> dict[str, str]:
    """What keeps other users of the machine out of Flower, which shows tasks: a password of this run, in the
    environment, where nobody else can read it. Empty where the user has set how one logs in."""
    if any(name in environ for name in (AUTH, "FLOWER_AUTH")):
        return {}
    return {AUTH: f"{USER}:{secrets.token_urlsafe(12)}"}


def flower_environment(record: RigRecord) -> dict[str, str]:
    """What Flower needs of an environment. It sweeps, so it must do so with the settings of the workers."""
    settings = record.visibility_timeout, record.restore_interval, record.restore_throttle
    return app_environment(os.environ, record.url, record.prefix, *settings)

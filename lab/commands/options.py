"""The options of every program that starts or joins a lab, and its one-line endings."""

from __future__ import annotations

import importlib.metadata
import math
import os
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NoReturn

import click

from lab.rig import registry
from lab.rig.record import RegistryError, RigRecord
from lab.settings import PROFILES, SettingError, Settings, flag_of, load
from lab.watch.broker.connection import Address
from lab.watch.outputs.untrusted_text import LONGEST_LINE, clean

PROJECT = "unacked"
"""The name under which this is installed."""

HELP = {
    "broker_url": ("URL", "A Redis or Valkey to use, not an embedded one. A password: in BROKER_URL."),
    "lab_prefix": ("PREFIX", "The key prefix on that broker; if not given, one is made for this run."),
    "visibility_timeout": ("SECONDS", "How long a message stays hidden."),
    "restore_interval": ("SECONDS", "How often a worker may sweep."),
    "restore_throttle": ("N", "Sweep at every Nth of these times."),
    "workers": ("N", "Worker processes."),
    "concurrency": ("N", "Pool children of each."),
    "eta_seconds": ("SECONDS", "When the message is due."),
}
"""Value and help of the option for each field of `lab.settings.Settings`."""

lab_option = click.option("--lab", "lab_id", metavar="ID", help="Which lab, if several run.")
"""The option of every program that joins a running rig."""

ask_option = click.option(
    "--ask", is_flag=True, help="Ask the workers for their settings; this writes reply keys to the broker."
)
"""The option that permits what watching alone never does."""


def version_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a program `--version`."""

    def show(context: click.Context, _: click.Parameter, asked: bool) -> None:
        if asked and not context.resilient_parsing:
            click.echo(f"unacked {_version()}")
            context.exit()

    option = click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version and exit.",
    )
    return option(command)


def _version() -> str:
    try:
        return importlib.metadata.version(PROJECT)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed: run from its folder)"


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that shape a rig."""
    profile = click.option(
        "--profile",
        type=click.Choice(list(PROFILES)),
        help="`seed`: kombu's own sweep, every 100 s, and a message due in 120 s.",
    )
    command = profile(command)
    for field in reversed(fields(Settings)):
        metavar, text = HELP[field.name]
        if field.default is not None:
            text += f"  [default: {field.default}]"
        names = [flag_of(field.name)]
        if field.name == "eta_seconds":
            names.append("--eta")
        command = click.option(*names, field.name, metavar=metavar, help=text)(command)
    return command


def settled(flags: dict[str, Any]) -> Settings:
    """The settings from these flags, the environment and `.env`; a bad value ends the program."""
    profile = flags.pop("profile", None)
    try:
        settings = load(flags, os.environ, profile=profile)
    except SettingError as error:
        fail(str(error))
    if url := flags.get("broker_url"):
        warn_of_password(url, "BROKER_URL, in the environment or in .env,")
    return settings


def warn_of_password(url: str, instead: str) -> None:
    """Say that a password in an argument can be read by others, and where it is kept from them."""
    if Address.from_url(url, master="any").secrets:
        click.echo(
            f"The password stands in the list of processes, for everybody on this machine: {instead} keeps it"
            " out of there",
            err=True,
        )


def found(lab_id: str | None) -> RigRecord:
    """The running lab that is meant; none, or several, end the program with a line that says what to do."""
    try:
        return registry.find(lab_id)
    except RegistryError as error:
        fail(str(error))


class FiniteRange(click.FloatRange):
    """A number in a range. Click alone lets "nan" through, which is neither below nor above any bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def fail(line: str, code: int = 2) -> NoReturn:
    """End the program with one line for the user, whatever stands in it."""
    click.echo(clean(" ".join(line.split()), LONGEST_LINE), err=True)
    sys.exit(code)

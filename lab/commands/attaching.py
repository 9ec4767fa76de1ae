"""The options that attach to somebody else's broker, and the way from them to a target."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.loading import found_app
from lab.commands.options import fail, warn_of_password
from lab.settings import YEAR, flag_of

if TYPE_CHECKING:
    from lab.target import Target

LAYOUT = ("prefix", "unacked_key", "unacked_index_key", "sep", "priority_steps", "event_exchange")
"""The options that are fields of `lab.watch.broker.layout.Layout`."""

SECONDS, THROTTLE = (1e-3, float(YEAR)), (1.0, 1_000_000.0)
SAID = {"visibility_timeout": SECONDS, "restore_interval": SECONDS, "restore_throttle": THROTTLE}
"""The options that say what workers run with, to the smallest and the largest number."""


class Steps(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Priority steps, as `0,3,6,9`."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(each) for each in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 0,3,6,9.", param, ctx)


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a broker to attach to, and how its deployment names its keys."""
    for option in reversed(
        (
            click.argument("url", required=False),
            click.option("-A", "--app", metavar="APP", help="Attach to the broker of this Celery app."),
            click.option(
                "--attach",
                is_flag=True,
                help="Attach to the broker that CELERY_BROKER_URL or BROKER_URL names, also in .env.",
            ),
            click.option(
                "--password-file",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                help="Read the broker's password from a file; - asks for it, or reads a pipe.",
            ),
            click.option("--master", metavar="NAME", default="", help="What Sentinels call the broker."),
            click.option("--prefix", metavar="PREFIX", help="The deployment's global_keyprefix."),
            click.option("--unacked-key", metavar="KEY", help="Its transport option of that name."),
            click.option("--unacked-index-key", metavar="KEY", help="Its transport option of that name."),
            click.option("--sep", metavar="TEXT", help="Its transport option of that name."),
            click.option("--priority-steps", type=Steps(), metavar="N,N…", help="Its transport option."),
            click.option("--event-exchange", metavar="NAME", help="Its event_exchange, if not celeryev."),
        )
    ):
        command = option(command)
    return command


def said_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say what the workers of an attached broker run with."""
    for name in reversed(SAID):
        metavar = "N" if SAID[name] is THROTTLE else "SECONDS"
        help_text = "What the workers of an attached broker run with, if you know it."
        command = click.option(flag_of(name), metavar=metavar, help=help_text)(command)
    return command


def target_of(
    flags: dict[str, Any], *, lab_id: str | None = None, replay: Path | None = None
) -> Target | None:
    """The target that the flags name, which are taken out of them; None where they name none. What cannot be
    attached to, and more than one thing to watch, end the program with one line."""
    from lab.target import TargetError, environment_url, from_app, from_url

    url, app, attach = flags.pop("url"), flags.pop("app"), flags.pop("attach") or None
    master, password_file = flags.pop("master"), flags.pop("password_file")
    named = {field: flags.pop(field) for field in LAYOUT}
    given = {field: value for field, value in named.items() if value is not None}
    ways = {"a URL": url, "-A": app, "--attach": attach, "--lab": lab_id, "--replay": replay}
    chosen = [way for way, value in ways.items() if value is not None]
    if len(chosen) > 1:
        fail(f"Only one thing can be watched, and {' and '.join(chosen)} name more")
    if chosen and "" in (url, app):
        fail(f"There is nothing to attach to: {chosen[0]} is given, but empty")
    if url is app is attach is None:
        if given or master or password_file:
            fail("There is nothing to attach to: give the broker's URL, or -A APP, or --attach")
        return None
    try:
        if app is not None:
            if master:
                fail("--master belongs to a URL: of an app it is the transport option master_name")
            target = from_app(found_app(app))
        else:
            target = from_url(url or environment_url(os.environ), master=master)
        if url is not None:
            warn_of_password(url, "--password-file FILE, or --attach with CELERY_BROKER_URL,")
        if password_file:
            target = replace(target, address=replace(target.address, password=_password(password_file)))
        if given:
            target = replace(target, layout=replace(target.layout, **given), overrides=given)
    except (TargetError, ValueError) as error:
        fail(str(error))
    return target


def said_by_user(target: Target, flags: Mapping[str, Any]) -> Target:
    """With what the user says that the workers run with. An option that shapes a lab ends the program."""
    from lab.said import user_says

    nothing_shaped(flags, f"{target.address.masked} is only watched", but=SAID)
    numbers = {name: _number(name, flags[name]) for name in SAID if flags[name] is not None}
    return replace(target, said=(*target.said, user_says(numbers))) if numbers else target


def nothing_shaped(flags: Mapping[str, Any], since: str, *, but: Collection[str] = ()) -> None:
    """End the program where an option shapes a lab, and none is started; `since` says why in a clause."""
    given = [name for name, value in flags.items() if value is not None and name not in but]
    if given:
        verb = "shapes a lab" if len(given) == 1 else "shape a lab"
        fail(f"{', '.join(flag_of(name) for name in given)} {verb}, and {since}")


def nothing_said(flags: Mapping[str, Any]) -> None:
    """End the program where something is said of workers that are not attached to."""
    for name, value in flags.items():
        if value is not None:
            fail(f"{flag_of(name)} says what an attached broker's workers run with: give its URL, or -A APP")


def _number(name: str, value: Any) -> float:
    least, most = SAID[name]
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not least <= number <= most or (SAID[name] is THROTTLE and not number.is_integer()):
        allowed = "a number of seconds, up to a year," if SAID[name] is SECONDS else "a whole number from 1"
        fail(f"{flag_of(name)} is {value!r}: {allowed} is allowed")
    return number


def _password(file: Path) -> str:
    """What the file says, or the user. Nothing at all ends the program."""
    try:
        if str(file) != "-":
            password = file.read_text().strip("\r\n")
        elif sys.stdin.isatty():
            password = str(click.prompt("Password", hide_input=True, err=True))
        else:
            password = sys.stdin.readline().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"The password cannot be read from {file}: {getattr(error, 'strerror', 'it is no text')}")
    if not password:
        fail(f"The password cannot be read from {file}: there is none")
    return password

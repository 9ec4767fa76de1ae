"""The options that attach to somebody else's broker, and the way from them to a target."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.commands.options import fail

if TYPE_CHECKING:
    from lab.target import Target
    from lab.watch.sources.discovery.deployment import Discovery, Found

FIND_WITHIN = 4.0
"""Seconds that it may take to find out what is on a broker."""

LAYOUT = {
    "prefix": "prefix",
    "unacked_key": "unacked_key",
    "unacked_index_key": "unacked_index_key",
    "sep": "sep",
    "priority_steps": "priority_steps",
    "event_exchange": "event_exchange",
}
"""Option to field of `lab.watch.broker.layout.Layout`."""


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
                help="Read the broker's password from a file; - asks for it.",
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
    for name, metavar in (
        ("--restore-throttle", "N"),
        ("--restore-interval", "SECONDS"),
        ("--visibility-timeout", "SECONDS"),
    ):
        option = click.option(name, metavar=metavar, help="What the workers run with, if you know it.")
        command = option(command)
    return command


def target_of(flags: dict[str, Any]) -> Target | None:
    """The target that the flags name, which are taken out of them; None where they name none. What cannot be
    attached to ends the program with one line."""
    from lab.target import TargetError, environment_url, from_app, from_url

    url, app, attach = flags.pop("url"), flags.pop("app"), flags.pop("attach")
    master, password_file = flags.pop("master"), flags.pop("password_file")
    named = {field: flags.pop(option) for option, field in LAYOUT.items()}
    given = {field: value for field, value in named.items() if value is not None}
    if sum(map(bool, (url, app, attach))) > 1:
        fail("Name one broker: a URL, or -A APP, or --attach")
    if not (url or app or attach):
        if given or master or password_file:
            fail("There is nothing to attach to: give the broker's URL, or -A APP")
        return None
    try:
        if app:
            target = from_app(_found_app(app))
        else:
            target = from_url(url or environment_url(os.environ), master=master)
            _warn(url)
        if password_file:
            password = _password(password_file)
            target = replace(target, address=target.address.with_credentials(password))
        if given:
            target = replace(target, layout=replace(target.layout, **given), layout_said=True)
    except (TargetError, ValueError) as error:
        fail(str(error))
    return target


def said_by_user(target: Target, flags: Mapping[str, Any]) -> Target:
    """With what the user says that the workers run with: flags of the lab's, on a broker that is not its."""
    from lab.target import user_says

    names = ("visibility_timeout", "restore_interval", "restore_throttle")
    try:
        numbers = {name: float(flags[name]) for name in names if flags.get(name) is not None}
    except ValueError:
        fail("--visibility-timeout, --restore-interval and --restore-throttle are numbers of seconds")
    return replace(target, said=(*target.said, user_says(numbers))) if numbers else target


def found_out(target: Target) -> Target:
    """The target with its layout found out, unless that was said. Several deployments are chosen from, or
    named where nobody can be asked; a broker that does not answer ends the program."""
    if target.layout_said:
        return target
    import redis

    from lab.target import with_found
    from lab.watch.broker.address import refusal
    from lab.watch.sources.discovery.discovery import discover

    try:
        discovery = discover(target.address, FIND_WITHIN)
    except (redis.RedisError, OSError) as error:
        fail(f"{target.address.masked} cannot be watched: {refusal(error, target.address)}")
    found = [each for each in discovery.found if each.workers] or discovery.found
    if target.db_said:
        found = [each for each in found if each.db == target.address.db]
    if not found:
        return target
    return with_found(target, found[0] if len(found) == 1 else _chosen(target, found, discovery))


def _chosen(target: Target, found: list[Found], discovery: Discovery) -> Found:
    lines = [f"  {n}  {_described(each)}" for n, each in enumerate(found, 1)]
    head = f"There are {len(found)} deployments on {target.address.masked}"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        fail("\n".join([f"{head}: choose one with --prefix and the db in the URL", *lines]))
    more = [] if discovery.complete else ["  (and perhaps more: not every key was looked at)"]
    click.echo("\n".join([f"{head}:", *lines, *more]), err=True)
    choice = click.IntRange(1, len(found))
    return found[int(click.prompt("Which one", type=choice, default=1, err=True)) - 1]


def _described(each: Found) -> str:
    from lab.watch.outputs.plurals import plural
    from lab.watch.outputs.untrusted_text import clean

    prefix = f"--prefix {clean(each.prefix)}" if each.prefix else "no prefix"
    workers = ", ".join(clean(worker) for worker in sorted(each.workers)[:3])
    more = f" and {len(each.workers) - 3} more" if len(each.workers) > 3 else ""
    heard = f"{plural(len(each.workers), 'worker')}: {workers}{more}" if each.workers else "no worker"
    return f"db {each.db}, {prefix}, {heard}"


def _found_app(name: str) -> Any:
    """The Celery app, found as Celery's own commands find it (`celery.bin.celery`)."""
    # As `celery -A` does: an app is looked for from the folder that one stands in.
    sys.path.insert(0, str(Path.cwd()))
    try:
        from celery.app.utils import find_app

        return find_app(name)
    except Exception as error:
        # Importing somebody's app runs their code, which may raise anything.
        fail(f"The app {name} cannot be loaded: {type(error).__name__}: {' '.join(str(error).split())}")


def _password(file: Path) -> str:
    if str(file) == "-":
        return str(click.prompt("Password", hide_input=True, err=True))
    try:
        return file.read_text().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"The password cannot be read from {file}: {error}")


def _warn(url: str | None) -> None:
    """A password in an argument list can be read by every user of the machine."""
    from lab.watch.broker.connection import Address

    if url and Address.from_url(url, master="any").password:
        click.echo(
            "The password stands in the list of processes: --password-file FILE, or --attach with"
            " CELERY_BROKER_URL, keeps it out of there",
            err=True,
        )

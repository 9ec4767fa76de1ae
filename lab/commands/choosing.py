"""Which deployment on an attached broker is meant: found out, and chosen from where there are several."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from lab.commands.options import fail
from lab.commands.signals import interruptible

if TYPE_CHECKING:
    from lab.target import Target
    from lab.watch.sources.discovery.deployment import Discovery, Found

FIND_WITHIN = 4.0
"""Seconds that it may take to find out what is on a broker."""

NAMED = 3
"""Workers of a deployment that its line names."""


def found_out(target: Target) -> Target:
    """The target with its layout found out, unless an app said it. Several deployments are chosen from, or
    named where nobody can be asked; a broker that does not answer ends the program with one line."""
    import redis

    from lab.target import meant, with_found
    from lab.watch.broker.cause import trouble
    from lab.watch.broker.connection import connect, ping
    from lab.watch.sources.discovery.discovery import discover

    try:
        if target.layout_said:
            with connect(target.address) as client:
                ping(client)
            return target
        with interruptible():
            discovery = discover(target.address, FIND_WITHIN)
    except (redis.RedisError, OSError) as error:
        why = trouble(error, target.address)
        if isinstance(error, redis.AuthenticationError) and not target.address.password:
            why += " --password-file FILE gives it a password"
        fail(f"{target.address.masked} cannot be watched: {why}")
    found = meant(target, discovery.found)
    if len(found) > 1:
        return _chosen(target, found, discovery)
    return with_found(target, found[0]) if found else target


def _chosen(target: Target, found: list[Found], discovery: Discovery) -> Target:
    from lab.target import chosen

    lines = [f"  {n}  {_described(each)}" for n, each in enumerate(found, 1)]
    if not discovery.complete:
        lines.append("  (and perhaps more: not every key was looked at)")
    head = f"There are {len(found)} deployments on {target.address.masked}"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        click.echo("\n".join([f"{head}: choose one with --prefix and the db in the URL", *lines]), err=True)
        sys.exit(2)
    click.echo("\n".join([f"{head}:", *lines]), err=True)
    choice = click.IntRange(1, len(found))
    return chosen(target, found[int(click.prompt("Which one", type=choice, default=1, err=True)) - 1])


def _described(each: Found) -> str:
    from lab.watch.outputs.plurals import plural
    from lab.watch.outputs.untrusted_text import clean

    # The empty prefix can be said, too, where other deployments have one.
    prefix = f"--prefix {shlex.quote(clean(each.prefix))}"
    workers = ", ".join(clean(worker) for worker in sorted(each.workers)[:NAMED])
    more = f" and {len(each.workers) - NAMED} more" if len(each.workers) > NAMED else ""
    heard = f"{plural(len(each.workers), 'worker')}: {workers}{more}" if each.workers else "no worker"
    return f"db {each.db}, {prefix}, {heard}"

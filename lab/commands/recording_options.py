"""The options that write and read a recording."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lab.commands.options import FiniteRange, fail
from lab.watch.recording.parts import MEGABYTE, Rotation

FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class NewRecording:
    """What is to be written, and when another part of it is begun."""

    path: Path
    rotation: Rotation


def record_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that write a recording; it gets them as one `record`, None without any."""

    @functools.wraps(command)
    def with_one(
        *args: Any,
        record: Path | None,
        record_size: float | None,
        record_age: float | None,
        record_keep: int | None,
        **others: Any,
    ) -> Any:
        wanted = _wanted(record, record_size, record_age, record_keep)
        return command(*args, record=wanted, **others)

    with_options: Callable[..., Any] = with_one
    for option in (
        click.option("--record-keep", type=click.IntRange(1), metavar="N", help="Delete all but the last N."),
        click.option(
            "--record-age", type=FiniteRange(1), metavar="SECONDS", help="The same after this time."
        ),
        click.option(
            "--record-size",
            type=FiniteRange(0.01),
            metavar="MB",
            help="Go on in another part (FILE.2, FILE.3, …) when one has so many megabytes.",
        ),
        click.option("--record", type=FILE, metavar="FILE", help="Write what is seen to a new file."),
    ):
        with_options = option(with_options)
    return with_options


def replay_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that read a recording."""
    for option in (
        click.option("--speed", type=FiniteRange(0.01, 1e6), default=1.0, help="How fast to replay."),
        click.option(
            "--replay",
            type=FILE,
            metavar="FILE",
            help="Watch a recording instead of a lab, with all parts that there are of it.",
        ),
    ):
        command = option(command)
    return command


def _wanted(
    path: Path | None, size: float | None, age: float | None, keep: int | None
) -> NewRecording | None:
    """What these options ask for. What makes no sense ends the program with one line."""
    if path is None:
        given = {"--record-size": size, "--record-age": age, "--record-keep": keep}
        for flag, value in given.items():
            if value is not None:
                fail(f"{flag} says how a recording is written, and there is none: give --record FILE")
        return None
    if keep is not None and size is age is None:
        fail("--record-keep counts the parts of a recording: give --record-size or --record-age, too")
    size = math.inf if size is None else size * MEGABYTE
    return NewRecording(path, Rotation(size, math.inf if age is None else age, keep))

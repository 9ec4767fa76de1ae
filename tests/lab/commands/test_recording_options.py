"""The options that write a recording: what they ask for, and what makes no sense."""

from __future__ import annotations

import math
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lab.commands.recording_options import NewRecording, record_options
from lab.watch.recording.parts import Rotation


def asked(*arguments: str) -> NewRecording | str | None:
    """What a command gets of them, or what is said instead."""
    got: list[NewRecording | None] = []

    @click.command()
    @record_options
    def command(record: NewRecording | None) -> None:
        got.append(record)

    result = CliRunner().invoke(command, arguments)
    return got[0] if got else result.stderr


@pytest.mark.parametrize(
    ("arguments", "rotation"),
    [
        ((), Rotation()),
        (("--record-size", "0.5"), Rotation(size=500_000)),
        (("--record-age", "3600", "--record-keep", "24"), Rotation(math.inf, 3600, 24)),
    ],
)
def test_a_recording_is_asked_for(arguments: tuple[str, ...], rotation: Rotation) -> None:
    assert asked("--record", "r", *arguments) == NewRecording(Path("r"), rotation)
    if not arguments:
        assert asked() is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--record-size", "1"), "--record-size says how a recording is written, and there is none"),
        (("--record", "r", "--record-keep", "2"), "give --record-size or --record-age, too"),
        (("--record", "r", "--record-size", "0"), "not in the range"),
        (("--record", "r", "--record-size", "nan"), "not a number"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], says: str) -> None:
    said = asked(*arguments)
    assert isinstance(said, str) and says in said

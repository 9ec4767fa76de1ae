"""The parts of a recording: when the next one is begun, what it is called, and which there are.

The first part has the name that the user gave; the others have it with `.2`, `.3` behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a part is full, and how many stay."""

    size: float = inf
    """Bytes; a part is at most one line longer, and longer by what stood when it was begun."""
    age: float = inf
    """Seconds from the first fact of a part to its last."""
    keep: int | None = None
    """The newest parts that stay; the others are deleted. None: all."""


def part_path(path: Path, part: int) -> Path:
    """The file of one part of the recording at `path`."""
    return path if part == 1 else path.with_name(f"{path.name}.{part}")


def parts_at(path: Path) -> dict[int, Path]:
    """The files that are called as the parts of a recording at `path` are, in order. One that cannot be
    looked for is taken to be its first part alone."""
    found = {1: path} if path.exists() else {}
    try:
        beside = [each.name for each in path.parent.iterdir() if each.name.startswith(f"{path.name}.")]
    except OSError:
        beside = []
    for name in beside:
        number = name.removeprefix(f"{path.name}.")
        if number.isdecimal() and number.isascii() and number == str(int(number)) and int(number) > 1:
            found[int(number)] = path.with_name(name)
    return dict(sorted(found.items())) or {1: path}

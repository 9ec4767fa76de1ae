"""The table: what a list on the screen is made of, before anything is drawn."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

SLIM = 60
"""Cells below which a list shows only the columns that matter most."""

Piece = tuple[str, str]
"""Text, already cleaned, and the role that it is drawn in."""

Row = tuple[tuple[Piece, ...], ...]
"""One cell of pieces for each column."""

ROLES = (
    "text",
    "dim",
    "line",
    "head",
    "held",
    "warn",
    "bad",
    "good",
    "chosen",
    "focused",
    "key",
    "path",
    "column",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and its width in cells; the one of width 0 takes what is left."""

    heading: str
    width: int
    right: bool = False


class RowSource(Protocol):
    """What a list shows. Rows are asked for one by one, and only those in sight."""

    hint: str
    """What stands in the list while it is empty."""

    def look(self, now: float) -> None:
        """Take notice of the time, and of whatever changed."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> Hashable:
        """What the row at an index is known by, wherever it moves."""

    def find(self, key: Hashable) -> int | None:
        """Where the row of that key is now."""

    def columns(self, width: int) -> Sequence[Column]:
        """The columns for a width in cells."""

    def row(self, index: int, columns: Sequence[Column]) -> Row:
        """The row at an index."""

    def heading(self) -> Sequence[Piece]:
        """The title of the list."""

    def remark(self) -> str:
        """What is to be said below the list; may be empty."""


def widths(columns: Sequence[Column], width: int) -> list[Column]:
    """The columns with the flexible one given its width; gaps between them are counted in."""
    left = width - sum(column.width for column in columns) - gap(width) * (len(columns) - 1)
    return [
        column if column.width else Column(column.heading, max(left, 4), column.right) for column in columns
    ]


def cells_of(columns: Sequence[Column], cells: Mapping[str, tuple[Piece, ...]]) -> Row:
    """The row of those cells that there are columns for, by their headings."""
    return tuple(cells[column.heading] for column in columns)


def gap(width: int) -> int:
    """Cells between two columns."""
    return 2 if width >= 100 else 1


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one role as one piece."""
    together: list[Piece] = []
    for words, role in pieces:
        if together and together[-1][1] == role:
            together[-1] = together[-1][0] + words, role
        else:
            together.append((words, role))
    return together

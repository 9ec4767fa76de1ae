"""The lines of a recording: bytes from facts, facts from bytes. It opens no file.

The first line is the header, an object; every other is `[checksum, number, length, fact]`. The checksum is
the CRC-32 of all that stands between the first comma and the closing bracket, the number that of the line
in its file, from 1, and the length that of the fact in bytes. So a line that was changed or cut is known,
lines that are gone leave a hole in the numbers, and of two lines that ran into one both are still read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias
from zlib import crc32

import msgspec

from lab.watch.bounds import absurd
from lab.watch.facts import AnyFact, Fact

FORMAT = "unacked-recording"
VERSION = 2
BARE = 1
"""The version whose lines are facts alone, without number, checksum and end."""

LONGEST_LINE = 65_536
"""Bytes of a line that is still read; the facts of every source are far shorter."""

NO_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a line raises: it is none, or not one of these, or no text, or nested without end."""


class RecordingError(RuntimeError):
    """A recording cannot be written or read; the text is one line for the user."""


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of a file."""

    format: str
    version: int
    broker: str = ""
    """Its URL, masked."""
    made: float = 0.0
    """When the file was begun, Unix seconds."""
    recording: str = ""
    """What all parts of one recording have in common."""
    part: int = 1
    standing: int = 0
    """How many lines at the beginning repeat what stood when the part before ended."""
    begins: float = 0.0
    """When the first fact behind those was seen; 0 in a first part, which has none."""


class End(Fact, frozen=True, kw_only=True, gc=False):
    """The last line of a file that is whole. It is written as a fact is, and is none."""

    continued: bool = False
    """Whether another part follows."""
    early: str = ""
    """Why no more was written, where that was not wanted."""


Told: TypeAlias = AnyFact | End

_encoder = msgspec.json.Encoder()
_framed = msgspec.json.Decoder(tuple[int, int, int, Told])  # type: ignore[valid-type, unused-ignore]
_bare = msgspec.json.Decoder(Told)  # type: ignore[arg-type, unused-ignore]


def header_line(header: Header) -> bytes:
    return _encoder.encode(header) + b"\n"


def read_header(line: bytes) -> Header | None:
    """None where the line is no header of a recording."""
    try:
        header = msgspec.json.decode(line, type=Header)
    except NO_JSON:
        return None
    return header if header.format == FORMAT else None


def framed(number: int, told: Told) -> bytes:
    """One line of the version that is written."""
    fact = _encoder.encode(told)
    rest = b"%d,%d,%b" % (number, len(fact), fact)
    return b"[%d,%b]\n" % (crc32(rest), rest)


def read_bare(line: bytes) -> Told | None:
    """A line of version 1; None where it is no fact, or one whose numbers cannot be."""
    try:
        told: Told = _bare.decode(line)
    except NO_JSON:
        return None
    return None if absurd(told) else told


def read_framed(line: bytes) -> Iterator[tuple[int, Told]]:
    """What a line says, with its number: none if it is damaged, two if it was two lines."""
    line = line.rstrip(b"\n")
    if read := _read(line):
        yield read
        return
    for piece in _pieces(line):
        if read := _read(piece):
            yield read


def _read(line: bytes) -> tuple[int, Told] | None:
    checksum, _, rest = line.removeprefix(b"[").removesuffix(b"]").partition(b",")
    try:
        if int(checksum) != crc32(rest):
            return None
        _, number, _, told = _framed.decode(line)
    except (ValueError, *NO_JSON):
        return None
    return None if absurd(told) else (number, told)


def _pieces(line: bytes) -> tuple[bytes, ...]:
    """The line cut where its length says that it ends; what stood between the pieces was the line's end."""
    before, _, behind = line.partition(b"{")
    try:
        length = int(before.split(b",")[2])
    except (IndexError, ValueError):
        return ()
    end = len(before) + length + 1
    return (line[:end], line[end + 1 :]) if 0 < length < len(behind) else ()

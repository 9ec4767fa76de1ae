"""Mutated bytes: what came really, changed as wires, disks and people change it. Seeded."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Sequence

ODD = (
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\x1b[2J",
    b"-1",
    b"1e309",
    b"-0.0",
    b"NaN",
    b"null",
    b"true",
    b'""',
    b"[]",
    b"{}",
    b"9" * 30,
    b"9" * 5_000,
    b"4e9",
    b"9007199254740993",
    b"0001-01-01T00:00:00",
    b"9999-12-31T23:59:59.999999-23:59",
    b"\n",
    b"\r\n",
    b"%00",
    b"\xc2\x9b",
    "٣".encode(),
    "²".encode(),
    b"x" * 300,
    b"[" * 2_000,
)
"""Pieces that decoders trip over."""

LARGEST = 60_000
"""Bytes of an input."""

BODY = re.compile(rb'"body": "([A-Za-z0-9+/]{8,}={0,2})"')
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
VALUE = re.compile(rb'"[^"\\]{0,80}"|-?\d+(?:\.\d+)?|true|false|null')


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """A few changes to an input; `others` are of its kind. Where a base64 body is inside, often to that."""
    if (found := BODY.search(data)) and len(found[1]) % 4 == 0 and chance.random() < 0.7:
        body = base64.b64decode(found[1])
        changed = base64.b64encode(mutated(body, others, chance))
        return data[: found.start(1)] + changed + data[found.end(1) :]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = chance.choice(CHANGES)(data, others, chance)[:LARGEST]
    return data


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _flip(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    if not data:
        return b"\0"
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _odd(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.choice(ODD) + data[at + chance.choice((0, 0, 1, 4)) :]


def _cut(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _drop(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + chance.randrange(1, 20) :]


def _repeat(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    first, last = sorted((_place(data, chance), _place(data, chance)))
    return data[:last] + data[first:last] * chance.choice((1, 2, 30)) + data[last:]


def _cross(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _number(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return _instead(NUMBER, data, chance)


def _value(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return _instead(VALUE, data, chance)


def _instead(pattern: re.Pattern[bytes], data: bytes, chance: random.Random) -> bytes:
    """Something odd, or another value of the same input, in the place of one that fits the pattern."""
    found = list(pattern.finditer(data[:20_000]))
    if not found:
        return _odd(data, (), chance)
    place = chance.choice(found)
    new = chance.choice(ODD) if chance.random() < 0.7 else chance.choice(found)[0]
    return data[: place.start()] + new + data[place.end() :]


def _noise(_: bytes, __: Sequence[bytes], chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 8, 40, 400)))


CHANGES: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    _flip,
    _flip,
    _odd,
    _odd,
    _cut,
    _drop,
    _repeat,
    _cross,
    _number,
    _number,
    _value,
    _value,
    _value,
    _noise,
)

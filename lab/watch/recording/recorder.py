"""The recorder: writes every fact that it is given to files that did not exist before."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from lab.watch.broker.address import masked
from lab.watch.facts import AnyFact
from lab.watch.recording.lines import FORMAT, VERSION, End, Header, RecordingError, Told, framed, header_line
from lab.watch.recording.parts import Rotation, part_path, parts_at
from lab.watch.recording.standing import Standing

PENDING = 65_536
"""Bytes that wait to be written, at most; `flush` writes them before."""


class Recorder:
    """Writes a recording, in as many parts as its rotation makes of it, for its user only.

    Raises `RecordingError` where it cannot be begun. What ends it later never raises: it is kept in `fault`.
    """

    def __init__(self, path: Path, url: str = "", rotation: Rotation | None = None) -> None:
        self.path = path
        self.fault: str | None = None
        """Why the recording ended early; None while all is well."""
        self._rotation = rotation or Rotation()
        self._broker = masked(url) if url else ""
        self._id = secrets.token_hex(8)
        self._standing = Standing()
        self._part = 0
        self._since: float | None = None
        """When the first fact of this part was seen; None before it."""
        self._now = 0.0
        self._file = -1
        self._pending = bytearray()
        self._safe = 0, 0
        """Bytes and lines of this part that are written whole."""
        try:
            if path.is_dir():
                raise RecordingError(f"{path} is a folder: a recording is a file")
            if taken := next((each for each in parts_at(path).values() if os.path.lexists(each)), None):
                raise RecordingError(f"{taken} exists, and is not overwritten: choose another name")
            self._open()
            self._write()
        except OSError as error:
            self._discard()
            raise RecordingError(f"{path} cannot be written: {error.strerror}") from None

    def take(self, fact: AnyFact) -> None:
        """Take one fact. It is on its way to the disk with the next `flush`, if not before."""
        if self.fault is not None:
            return
        self._now = max(self._now, fact.seen)
        try:
            if self._full():
                self._turn(fact)
            self._since = self._now if self._since is None else self._since
            self._put(fact)
            if len(self._pending) > PENDING:
                self._write()
        except OSError as error:
            self._end_early(error)
        self._standing.take(fact)

    def flush(self) -> None:
        """Give the disk what there is: killed after that, the program has lost nothing of it."""
        if self.fault is None:
            try:
                self._write()
            except OSError as error:
                self._end_early(error)

    def close(self) -> None:
        """Write the end."""
        if self._file < 0:
            return
        if self.fault is None:
            self._put(End(at=self._now))
            self.flush()
        self._shut()

    def _full(self) -> bool:
        return self._since is not None and (
            self._safe[0] + len(self._pending) - self._head >= self._rotation.size
            or self._now - self._since >= self._rotation.age
        )

    def _turn(self, fact: AnyFact) -> None:
        """Begin the next part, of which that fact is the first, and delete the one that is too old."""
        self._put(End(at=self._now, continued=True))
        self._write()
        self._shut()
        self._open(list(self._standing), begins=fact.seen)
        if self._rotation.keep is not None and self._part > self._rotation.keep:
            # Where that is not allowed, it stays: nothing is lost by it.
            with contextlib.suppress(OSError):
                part_path(self.path, self._part - self._rotation.keep).unlink()

    def _open(self, standing: Sequence[AnyFact] = (), begins: float = 0.0) -> None:
        self._part += 1
        self._file, self._since = -1, None
        self._number, self._safe = 0, (0, 0)
        self._pending = bytearray()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(part_path(self.path, self._part), flags, 0o600)
        self._pending += header_line(
            Header(
                format=FORMAT,
                version=VERSION,
                broker=self._broker,
                made=time.time(),
                recording=self._id,
                part=self._part,
                standing=len(standing),
                begins=begins,
            )
        )
        for each in standing:
            self._put(each)
        self._head = len(self._pending)

    def _put(self, told: Told) -> None:
        self._number += 1
        # A text that is no UTF-8 cannot be written. Its number is missing then, and a replay says so.
        with contextlib.suppress(UnicodeEncodeError):
            self._pending += framed(self._number, told)

    def _write(self) -> None:
        """Write what is pending, all of it."""
        size, _ = self._safe
        size += len(self._pending)
        while self._pending:
            del self._pending[: os.write(self._file, self._pending)]
        self._safe = size, self._number

    def _end_early(self, error: OSError) -> None:
        """Say why no more is written: in the file, too, if there is room where the last lines did not fit."""
        self.fault = f"the recording {self.path} ended early: {error.strerror}"
        size, number = self._safe
        if not size:
            self._discard()
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, size)
            end = End(at=self._now, early=error.strerror or "it could not be written")
            os.write(self._file, framed(number + 1, end))

    def _discard(self) -> None:
        """Delete a part of which not even the beginning could be written."""
        if self._file >= 0:
            self._shut()
            with contextlib.suppress(OSError):
                part_path(self.path, self._part).unlink()

    def _shut(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._file)
        self._file = -1

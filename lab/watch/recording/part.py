"""One file of a recording, read line by line. What is damaged in it costs itself alone."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lab.watch.facts import AnyFact
from lab.watch.recording.lines import (
    BARE,
    LONGEST_LINE,
    VERSION,
    End,
    Header,
    RecordingError,
    Told,
    read_bare,
    read_framed,
    read_header,
)

DAMAGED = "lines of it are damaged"
NO_END = "it ends without its end: it was cut off, or what wrote it was killed"

Miss = Callable[[str, int], None]
"""Takes note that facts are missing: why, in a clause, and how many; 0 where nobody knows."""


class Part:
    """One file, opened. Raises `RecordingError` where it is no recording of a version that is known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end: End | None = None
        """Its last line, once that was read."""
        try:
            self._file = _opened(path)
            line = self._file.readline(LONGEST_LINE)
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror}") from None
        header = read_header(line)
        if header is None:
            raise RecordingError(f"{path} is no recording: its first line is no header of one")
        if header.version not in (BARE, VERSION):
            known = f"this program reads versions {BARE} to {VERSION}"
            raise RecordingError(f"{path} has version {header.version}: {known}")
        self.header: Header = header

    def facts(self, miss: Miss, skip: int = 0) -> Iterator[AnyFact]:
        """What its lines say, without the first ones if so many are to be skipped. `miss` hears of a hole
        before the fact behind it is given."""
        with self._file:
            try:
                bare = self.header.version == BARE
                yield from self._bare(miss) if bare else self._framed(miss, skip)
            except OSError as error:
                miss(f"it cannot be read to its end: {error.strerror}", 0)
                return
        if self.end is None:
            miss(NO_END, 0)
        elif self.end.early:
            miss(f"it ended early: {self.end.early}", 0)

    def _framed(self, miss: Miss, skip: int) -> Iterator[AnyFact]:
        last, damaged = 0, 0
        for line in _lines(self._file):
            read = list(read_framed(line))
            if not read and line.endswith(b"\n"):
                damaged += 1
            for number, told in read:
                if number <= last:
                    continue
                if number > last + 1:
                    miss(DAMAGED, number - last - 1)
                last, damaged = number, 0
                if isinstance(told, End):
                    self.end = told
                    return
                if number > skip:
                    yield told
        if damaged:
            miss(DAMAGED, damaged)

    def _bare(self, miss: Miss) -> Iterator[AnyFact]:
        """The lines of version 1, in which nothing tells that lines are gone, nor that the end is one."""
        for line in _lines(self._file):
            if not line.endswith(b"\n"):
                return
            told: Told | None = read_bare(line)
            if told is None or isinstance(told, End):
                miss(DAMAGED, 1)
            else:
                yield told
        self.end = End(at=0.0)


def _opened(path: Path) -> BinaryIO:
    # Without O_NONBLOCK a pipe that nobody writes to would be waited for without end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Each line with its end; the last one may have none. Of one too long for any fact its end alone."""
    while line := file.readline(LONGEST_LINE):
        too_long = False
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            too_long = True
            line = file.readline(LONGEST_LINE)
        yield line[-1:] if too_long else line

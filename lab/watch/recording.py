"""A recording: facts to a file and back, so that an incident replays exactly.

A JSON object a line. The first is the header: `{"format": "unacked-recording", "version": 1, "broker":
masked URL, "made": Unix seconds}`. Every other is one fact of `lab.watch.facts`: `{"fact": its kind, "at": …,
"seen": …, …}`, in the order in which the model applied them; a field that has its default is left out.
The broker's password is in no line. Facts hold what workers and messages said, arguments and the texts of
exceptions among it, shortened but as they came: a secret that one of those names is in the file. So is
everything that was seen of a broker, and the file is made for its user only.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec

from lab.watch.bounds import absurd
from lab.watch.broker.address import masked
from lab.watch.facts import AnyFact

FORMAT = "unacked-recording"
VERSION = 1

LONGEST_LINE = 65_536
"""Bytes of a line that is still read; the facts of every source are far shorter."""

NO_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a line raises: it is none, or not one of these, or no text, or nested without end."""

WHILE_FULL = 0.005
"""Seconds between two looks whether there is room for the next fact."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    format: str
    version: int
    broker: str = ""
    made: float = 0.0


class RecordingError(RuntimeError):
    """A recording cannot be written or read; the text is one line for the user."""


class Recorder:
    """Writes every fact it is given to a file that did not exist before."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path = path
        self.fault: str | None = None
        """Why the recording ended early; None while all is well."""
        self._encoder = msgspec.json.Encoder()
        header = Header(format=FORMAT, version=VERSION, broker=masked(url) if url else "", made=time.time())
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._write(header)
        except FileExistsError:
            raise RecordingError(f"{path} exists, and is not overwritten: choose another name") from None
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror}") from None

    def take(self, fact: AnyFact) -> None:
        """Write one fact. A fault ends the recording and is kept in `fault`; it never raises."""
        if self.fault is None:
            try:
                self._write(fact)
            except OSError as error:
                self.fault = f"the recording {self.path} ended early: {error.strerror}"

    def close(self) -> None:
        """Put everything on disk."""
        try:
            self._file.close()
        except OSError as error:
            self.fault = self.fault or f"the recording {self.path} ended early: {error.strerror}"

    def _write(self, line: AnyFact | Header) -> None:
        self._file.write(self._encoder.encode(line) + b"\n")


def opened(path: Path) -> tuple[Header, Iterator[AnyFact]]:
    """The header of a recording, and its facts in order.

    The facts raise `RecordingError` naming the line that does not fit. The last line may be cut off, as a
    kill leaves it: what came before it counts.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from None
    try:
        header = msgspec.json.decode(file.readline(LONGEST_LINE), type=Header)
    except NO_JSON:
        header = Header(format="", version=0)
    if header.format != FORMAT:
        raise RecordingError(f"{path} is no recording: its first line is no header of one")
    if header.version != VERSION:
        raise RecordingError(f"{path} has version {header.version}: this program reads version {VERSION}")
    return header, _facts(path, file)


def _facts(path: Path, file: BinaryIO) -> Iterator[AnyFact]:
    decoder = msgspec.json.Decoder(AnyFact)  # type: ignore[arg-type, unused-ignore]
    with file:
        for number in count(2):
            try:
                line = file.readline(LONGEST_LINE + 1)
            except OSError as error:
                raise RecordingError(f"{path}, line {number}: cannot be read ({error.strerror})") from None
            if len(line) > LONGEST_LINE:
                raise RecordingError(f"{path}, line {number}: longer than {LONGEST_LINE:,} bytes")
            if not line.endswith(b"\n"):
                return
            try:
                fact: AnyFact = decoder.decode(line)
            except NO_JSON as error:
                raise RecordingError(f"{path}, line {number}: no fact ({error})") from None
            if field := absurd(fact):
                raise RecordingError(f"{path}, line {number}: no fact ({field} is a number that cannot be)")
            yield fact


class Replay:
    """Plays a recording: emits its facts as they were learned, and tells the time of the recording.

    While `full` says that there is no room for a fact it waits, and the recording's time with it.
    """

    def __init__(
        self,
        path: Path,
        emit: Callable[[AnyFact], None],
        speed: float = 1.0,
        full: Callable[[], bool] = lambda: False,
    ) -> None:
        self.path, self.speed = path, speed
        self.fault: str | None = None
        self.ended = False
        self._emit, self._full = emit, full
        self.header, self._facts = opened(path)
        self._first = next(self._facts, None)
        self._origin = self._first.seen if self._first else 0.0
        self._begun = time.monotonic()
        self._next = self._origin
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="unacked-replay", daemon=True)

    def start(self) -> None:
        """Begin; the recording's first fact is now."""
        self._begun = time.monotonic()
        self._thread.start()

    def clock(self) -> float:
        """The time in the recording, Unix seconds; it never goes past the next fact, nor past the last."""
        return min(self._now(), self._next)

    def stop(self) -> None:
        """End early."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _now(self) -> float:
        return self._origin + (time.monotonic() - self._begun) * self.speed

    def _run(self) -> None:
        try:
            if self._first and not self._play(self._first):
                return
            for fact in self._facts:
                if not self._play(fact):
                    return
        except RecordingError as error:
            self.fault = str(error)
        self.ended = True

    def _play(self, fact: AnyFact) -> bool:
        """Emit a fact when its time has come and there is room; False if the replay was ended before."""
        self._next = max(self._next, fact.seen)
        ahead = (self._next - self._now()) / self.speed
        if (ahead > 0 and self._stopping.wait(min(ahead, threading.TIMEOUT_MAX))) or self._stopping.is_set():
            return False
        while self._full():
            if self._stopping.wait(WHILE_FULL):
                return False
        self._emit(fact)
        return True

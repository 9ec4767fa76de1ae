"""The registry: which rigs of this user run now, one file each, locked by its keeper as long as it lives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
import warnings
from pathlib import Path
from typing import Any

import msgspec

from lab.watch.broker.address import masked

RUNTIME_DIR = "UNACKED_RUNTIME_DIR"
"""Names, in the environment, a folder to use instead of the user's runtime folder."""

LARGEST = 1 << 20
"""Bytes of a file that are read."""

WRITTEN_WITHIN = 0.1
"""Seconds, for all files, that one which is half written has to be whole."""


class RegistryError(RuntimeError):
    """No rig, or not one rig, is meant; the text is one line for the user."""


class RigRecord(msgspec.Struct, frozen=True):
    """A running rig. `url` is not masked: the file is for its user only. Times are seconds."""

    id: str
    url: str
    prefix: str
    keeper_pid: int
    server_pid: int | None
    worker_pids: dict[str, int]
    folder: str
    logs: str
    truth_log: str
    visibility_timeout: int
    restore_interval: int
    restore_throttle: int
    started: float
    """Seconds since the epoch."""


class RegistryEntry:
    """The file of one rig, held by its keeper. The lock goes with the process, even after a kill -9."""

    def __init__(self, record: RigRecord) -> None:
        self.record = record
        folder = runtime_folder()
        self._path = folder / f"{record.id}.json"
        fresh = folder / f".{record.id}.new"
        # Locked and written before it gets its name, so that no reader takes it for a stale one.
        self._file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._write()
        fresh.rename(self._path)

    def update(self, **changes: Any) -> None:
        """Write the record with `changes`, in place: a new file would not be the locked one.

        A reader may see half of it, and then reads again.
        """
        self.record = msgspec.structs.replace(self.record, **changes)
        # A full disk must not end who reports; the record is then out of date.
        with contextlib.suppress(OSError):
            self._write()

    def _write(self) -> None:
        data = msgspec.json.encode(self.record)
        os.pwrite(self._file, data, 0)
        os.ftruncate(self._file, len(data))

    def remove(self) -> None:
        """Take the rig out of the registry."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def runtime_folder() -> Path:
    """The user's own folder for running rigs, made if need be. Raises `RegistryError` if it is not safe."""
    given = os.environ.get(RUNTIME_DIR)
    if given:
        folder = Path(given)
    else:
        import platformdirs

        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR it warns and falls back to a folder in /tmp, which is checked below.
            warnings.simplefilter("ignore")
            folder = platformdirs.user_runtime_path("unacked")
    instead = f"set {RUNTIME_DIR} to a folder of your own"
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
        above = folder.parent.stat()
    except OSError as error:
        raise RegistryError(f"{folder} cannot be made ({error.strerror}): {instead}") from error
    mine = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not seen.st_mode & 0o022
    # The folder above must not be another user's either, who could put a folder of theirs in place of ours.
    if not mine or above.st_uid not in (0, os.getuid()):
        raise RegistryError(f"{folder} can be written by others: {instead}")
    return folder


def alive() -> list[RigRecord]:
    """The rigs that run now, oldest first; stale files are removed. Raises `RegistryError`."""
    until = time.monotonic() + WRITTEN_WITHIN
    read = [_read(path, until) for path in runtime_folder().glob("*.json")]
    found = [record for record in read if record is not None]
    return sorted(found, key=lambda record: record.started)


def find(lab_id: str | None) -> RigRecord:
    """The rig that `lab_id` begins the id of, or the only one. Raises `RegistryError`, one line."""
    running = alive()
    found = [record for record in running if lab_id is None or record.id.startswith(lab_id)]
    if len(found) == 1:
        return found[0]
    if not running:
        raise RegistryError("No lab is running: start one with `python -m lab up`, or `python -m tui`")
    now = time.time()
    listed = ", ".join(f"{one.id} ({masked(one.url)}, up {_age(now - one.started)})" for one in running)
    if not found:
        raise RegistryError(f"No lab {lab_id} is running: there is {listed}")
    raise RegistryError(f"{len(running)} labs are running, choose one with --lab ID: {listed}")


def forget(lab_id: str) -> None:
    """Remove the file of a rig whose keeper is known to be dead."""
    (runtime_folder() / f"{lab_id}.json").unlink(missing_ok=True)


def _read(path: Path, until: float) -> RigRecord | None:
    """The rig of one file; None if it is over, or cannot be read before `until`, a monotonic time."""
    try:
        # A fifo would be waited for.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        if _unlocked(file):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        while True:
            try:
                return msgspec.json.decode(os.pread(file, LARGEST, 0), type=RigRecord)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                if time.monotonic() > until:
                    # Written by another version of the program: a rig, but not one that can be read here.
                    return None
                time.sleep(0.005)
    finally:
        os.close(file)


def _unlocked(file: int) -> bool:
    """Whether no keeper holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _age(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"

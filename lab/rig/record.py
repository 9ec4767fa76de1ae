"""The record of a rig: what its file in the registry says, and the file itself, as its keeper holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import warnings
from pathlib import Path
from typing import Any

import msgspec

RUNTIME_DIR = "UNACKED_RUNTIME_DIR"
"""Names, in the environment, a folder to use instead of the user's runtime folder."""


class RegistryError(RuntimeError):
    """No rig, or not one rig, is meant; the text is one line for the user."""


class Leader(msgspec.Struct, frozen=True):
    """The first process of a group that the keeper started, and that may not be gone yet."""

    what: str
    """`server`, or a worker's name."""
    pid: int
    born: str
    """As `lab.rig.processes.Process.born`."""


class RigRecord(msgspec.Struct, frozen=True):
    """A rig. `url` is not masked: the file is for its user only. Times are seconds."""

    id: str
    url: str
    """Empty until there is a broker."""
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
    leaders: list[Leader] = []
    keeper_born: str = ""
    program_pid: int = 0
    """Who started it."""
    erase: bool = False
    """The prefix was made for this run: its keys go with it."""
    ending: bool = False
    """It is being taken down."""


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
        # Filled up with blanks, so that a kill between the two leaves a whole record.
        os.pwrite(self._file, data.ljust(os.fstat(self._file).st_size), 0)
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

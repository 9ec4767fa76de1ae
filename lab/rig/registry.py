"""The registry: the rigs of this user, one file each, locked by its keeper as long as that lives.

A file that nobody locks is what a killed keeper left: it names the processes that may run on, so whoever only
reads never removes it (`lab.rig.cleanup` does, when nothing is left).
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from lab.rig.record import RegistryError, RigRecord, runtime_folder
from lab.watch.broker.address import masked

LARGEST, MOST = 1 << 20, 1_000
"""Bytes of a file that are read, and files; beyond that they are passed over."""

WRITTEN_WITHIN = 0.1
"""Seconds, for all files, that one which is half written has to be whole."""

FRESH = 60.0
"""Seconds in which a file that is not locked may be one that its keeper is about to lock."""


def alive() -> list[RigRecord]:
    """The rigs that run now and have a broker, oldest first. Raises `RegistryError`."""
    return [record for record in look().running if record.url and not record.ending]


def find(lab_id: str | None) -> RigRecord:
    """The rig that `lab_id` begins the id of, or the only one. Raises `RegistryError`, one line."""
    running = alive()
    found = [record for record in running if lab_id is None or record.id.startswith(lab_id)]
    if len(found) == 1:
        return found[0]
    if not running:
        left = "; of one that was killed something is left: python -m lab ls" if look().left else ""
        raise RegistryError(f"No lab is running: start one with `python -m lab up`, or `python -m tui`{left}")
    now = time.time()
    listed = ", ".join(f"{one.id} ({masked(one.url)}, up {age(now - one.started)})" for one in running)
    if not found:
        raise RegistryError(f"No lab {lab_id} is running: there is {listed}")
    raise RegistryError(f"{len(running)} labs are running, choose one with --lab ID: {listed}")


def forget(lab_id: str) -> None:
    """Remove the file of a rig of which nothing is left."""
    (runtime_folder() / f"{lab_id}.json").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Registry:
    """What stands in the registry, each oldest first."""

    running: list[RigRecord]
    """Those that a keeper holds, also while they start or end."""
    left: list[RigRecord]
    """Those whose keeper is gone."""
    unreadable: list[Path]
    """Files of this user that nobody holds and that say nothing: they can be removed."""


def look() -> Registry:
    """Read the registry, in about `WRITTEN_WITHIN` at most, and remove nothing. Raises `RegistryError`."""
    until = time.monotonic() + WRITTEN_WITHIN
    running: list[RigRecord] = []
    left: list[RigRecord] = []
    unreadable: list[Path] = []
    folder = runtime_folder()
    try:
        with os.scandir(folder) as entries:
            paths = [folder / entry.name for entry in islice(entries, MOST)]
    except OSError as error:
        raise RegistryError(f"{folder} cannot be read ({error.strerror})") from error
    for path in paths:
        if path.suffix in (".json", ".new"):
            _sort(path, until, running, left, unreadable)
    for records in (running, left):
        records.sort(key=lambda record: record.started)
    return Registry(running, left, sorted(unreadable))


def _sort(
    path: Path, until: float, running: list[RigRecord], left: list[RigRecord], unreadable: list[Path]
) -> None:
    """Put what one file says where it belongs; what is no file of this user's is passed over."""
    try:
        # A fifo would be waited for, and a link may lead anywhere.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.getuid():
            return
        held = not _unlocked(file)
        record = (
            _read(file, until if held else 0.0)
            if seen.st_size <= LARGEST and path.suffix == ".json"
            else None
        )
        if record is not None and f"{record.id}.json" == path.name:
            (running if held else left).append(record)
        elif not held and time.time() - seen.st_mtime > FRESH:
            # One that is held was written by another version of the program: a rig, but not one that can be
            # read here.
            unreadable.append(path)
    finally:
        os.close(file)


def _read(file: int, until: float) -> RigRecord | None:
    """The record in a file; None if it cannot be read before `until`, a monotonic time."""
    while True:
        try:
            return msgspec.json.decode(os.pread(file, LARGEST, 0), type=RigRecord)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            if time.monotonic() > until:
                return None
            time.sleep(0.005)
        except OSError:
            return None


def _unlocked(file: int) -> bool:
    """Whether no keeper holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def age(seconds: float) -> str:
    """For how long something is there, in words."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"

"""Cleanup: what a killed keeper left behind is ended and removed, whoever finds it.

A process is ended only if it is proven to be one of that rig's: pids are given out again.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.rig import broker, processes, registry
from lab.rig.processes import Process
from lab.rig.record import RegistryError, RigRecord
from lab.watch.outputs.plurals import plural

ENDED_WITHIN = 2.0
"""Seconds that killed processes have to be gone."""
LONGEST = 10.0
"""Seconds that all of it may take, a broker that does not answer included."""

FOLDER = re.compile(r"unacked-[a-z0-9_]{8}")
"""The name of a rig's folder (`lab.rig.keeper.folder`, `tempfile.mkdtemp`): nothing else is removed."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a rig whose keeper is gone."""

    processes: tuple[Process, ...]
    folder: Path | None
    keys: str
    """The prefix of keys that were made for it on a named broker, if they may still be there; else empty."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was done about it; `trouble` is what could not be done, as one line, and empty if all was."""

    processes: tuple[Process, ...]
    folder: Path | None
    keys: int
    trouble: str

    @property
    def words(self) -> str:
        """What was done, as a clause: `ended 3 processes, removed /tmp/unacked-x`."""
        done = []
        if self.processes:
            done.append(f"ended {plural(len(self.processes), 'process', 'processes')}")
        if self.folder is not None and not self.folder.exists():
            done.append(f"removed {self.folder}")
        if self.keys:
            done.append(f"deleted {plural(self.keys, 'key')}")
        return ", ".join([*done, self.trouble] if self.trouble else done) or "nothing was left of it"


def remains(record: RigRecord, among: Iterable[Process] | None = None) -> Remains:
    """What is left of a rig; `among`: the processes that run."""
    folder = Path(record.folder)
    return Remains(
        processes=tuple(_proven(record, list(processes.running() if among is None else among))),
        folder=folder if _is_a_rigs(folder) else None,
        keys=record.prefix if record.erase and record.prefix and record.url else "",
    )


def clear(record: RigRecord) -> Cleared:
    """End what still runs of a rig, remove its folder and its keys; and its record, if nothing is left."""
    ended: dict[int, Process] = {}
    until = time.monotonic() + ENDED_WITHIN
    while (left := remains(record)).processes and time.monotonic() < until:
        for process in left.processes:
            if processes.end(process):
                ended[process.pid] = process
        time.sleep(0.01)
    trouble = [f"process {process.pid} does not end" for process in left.processes]
    folder = left.folder
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            trouble.append(f"{folder} cannot be removed")
    keys = 0
    try:
        if left.keys:
            keys = broker.erase(record.url, left.keys)
        if not trouble:
            registry.forget(record.id)
    except (OSError, RegistryError, broker.BrokerError) as error:
        trouble.append(str(error))
    return Cleared(tuple(ended.values()), folder, keys, "; ".join(trouble))


def clear_lab(lab_id: str) -> str:
    """The same for the rig of this id, if its keeper is gone; what could not be done, as one line."""
    try:
        left = [record for record in registry.look().left if record.id == lab_id]
    except RegistryError as error:
        return str(error)
    return "; ".join(trouble for record in left if (trouble := clear(record).trouble))


def _proven(record: RigRecord, running: list[Process]) -> Iterable[Process]:
    """Those of the processes that are the rig's.

    A group is, if its leader is the very process that was started. Where the leader is gone, and for what was
    started a moment before the keeper ended, it is a process of the keeper's session that works in the rig's
    folder, which only Linux tells: nobody is ended on less.
    """
    present = {process.pid: process for process in running}
    groups = {
        leader.pid
        for leader in record.leaders
        if leader.born and (found := present.get(leader.pid)) and found.born == leader.born
    }
    for process in running:
        ours = process.session == record.keeper_pid and process.folder == record.folder
        if process.pid not in (os.getpid(), record.keeper_pid) and (process.group in groups or ours):
            yield process


def _is_a_rigs(folder: Path) -> bool:
    """Whether this is a folder that a rig made, and this user's."""
    try:
        seen = folder.lstat()
    except OSError:
        return False
    return bool(FOLDER.fullmatch(folder.name) and stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid())

"""The children: every process that the keeper spawned and has not reaped yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.rig import processes
from lab.rig.keeper.child import Child
from lab.rig.keeper.parting import dying_with_parent
from lab.rig.record import Leader

REAPED_WITHIN = 2.0
"""Seconds to wait for killed processes to be gone."""


class Children:
    """Spawns processes that run in `folder`, and tells `lead`, at each change, which groups may live."""

    def __init__(self, folder: Path, lead: Callable[[Sequence[Leader]], None]) -> None:
        self._folder, self._lead = folder, lead
        self._children: list[Child] = []
        self._leaders: list[Leader] = []
        self._parting = dying_with_parent()

    def spawn(self, command: list[str], log: Path, environment: Mapping[str, str]) -> Child:
        """Start a process, its output added to `log`. Raises `OSError`."""
        child = Child(
            command, environment=environment, folder=self._folder, log=log, before_exec=self._parting
        )
        self._children.append(child)
        self._leaders.append(Leader(log.stem, child.pid, processes.born(child.pid)))
        self._tell()
        return child

    def reap(self) -> None:
        """Take notice of those that have ended; to be called at every SIGCHLD."""
        for child in self._children:
            child.reap()
        self._children = [child for child in self._children if child.running]
        self._tell()

    async def end(self) -> bool:
        """Kill those that run, with their groups, and wait until they are gone; whether they are."""
        for child in self._children:
            child.kill()
        if self._children:
            ends = [asyncio.create_task(child.wait()) for child in self._children]
            await asyncio.wait(ends, timeout=REAPED_WITHIN)
        self._tell()
        groups = {leader.pid for leader in self._leaders}
        # Zombies are gone: some inits, as in containers, never reap them.
        return not groups or all(process.group not in groups for process in processes.running())

    def _tell(self) -> None:
        self._leaders = [leader for leader in self._leaders if processes.has_members(leader.pid)]
        self._lead(self._leaders)

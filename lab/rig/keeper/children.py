"""The children: every process that the keeper spawned and has not reaped yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from lab.rig.keeper.child import Child

REAPED_WITHIN = 2.0
"""Seconds to wait for killed processes to be gone."""


class Children:
    """Spawns processes that run in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def spawn(self, command: list[str], log: Path, environment: Mapping[str, str]) -> Child:
        """Start a process, its output added to `log`. Raises `OSError`."""
        child = Child(command, environment=environment, folder=self._folder, log=log)
        self._children.append(child)
        return child

    def reap(self) -> None:
        """Take notice of those that have ended; to be called at every SIGCHLD."""
        for child in self._children:
            child.reap()
        self._children = [child for child in self._children if child.running]

    async def end(self) -> None:
        """Kill those that run, with their groups, and wait until they are gone."""
        for child in self._children:
            child.kill()
        if self._children:
            ends = [asyncio.create_task(child.wait()) for child in self._children]
            await asyncio.wait(ends, timeout=REAPED_WITHIN)

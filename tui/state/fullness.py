"""The fullness: whether the broker's memory is full, so that it refuses commands. It knows no message."""

from __future__ import annotations

from lab.watch.facts import ServerMemory

AFTER = 30.0
"""Seconds for which a broker counts as full after it refused a command: at its limit it refuses some, frees a
little, and refuses again."""


class Fullness:
    """The memory of one broker while it is watched."""

    def __init__(self) -> None:
        self._refused: int | None = None
        """Commands that were refused by the last reading; None before the first."""
        self._grew: float | None = None
        """When that last grew, on the observer's clock."""
        self._at_limit = False

    def look(self, memory: ServerMemory | None) -> None:
        """Take in the latest reading. What was refused before the watch began is no alarm."""
        if memory is None:
            return
        self._at_limit = memory.policy == "noeviction" and 0 < memory.limit <= memory.used
        refused = memory.refused
        if refused is not None:
            if self._refused is not None and refused > self._refused:
                self._grew = memory.at
            self._refused = refused

    def full(self, now: float) -> bool:
        """Whether it refuses commands now, as far as was seen."""
        return self._at_limit or (self._grew is not None and now - self._grew < AFTER)

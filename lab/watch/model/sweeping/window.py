"""A window: a time that is not known better than that it lies between two others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """A time that is known to lie between two others, Unix seconds; `latest` may be infinite."""

    earliest: float
    latest: float

    @property
    def middle(self) -> float:
        return (self.earliest + self.latest) / 2

    @property
    def error(self) -> float:
        """Half of its width: by how much the middle may be wrong."""
        return (self.latest - self.earliest) / 2

    def includes(self, time: float) -> bool:
        return self.earliest <= time <= self.latest

    def overlap(self, other: Window) -> Window | None:
        """What lies in both; None if nothing does."""
        earliest, latest = max(self.earliest, other.earliest), min(self.latest, other.latest)
        return Window(earliest, latest) if earliest <= latest else None

    def widened(self, by: float) -> Window:
        """With so many seconds more at either end."""
        return Window(self.earliest - by, self.latest + by)

"""The health of a source: whether what it can tell reaches us. It says nothing of the broker's own state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SourceHealth:
    """How a source stands: whether it reaches the broker, and since when or why not."""

    up: bool = False
    since: float = 0.0
    """When it reached the broker, or lost it: Unix seconds."""
    why: str = ""

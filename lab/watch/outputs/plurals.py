"""Words that need their number."""

from __future__ import annotations


def plural(n: int, one: str, many: str = "") -> str:
    """`1 delivery`, `6 deliveries`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"

"""The bar: a fraction of a whole as a line that is partly filled. A pure function."""

from __future__ import annotations


def bar(fraction: float, width: int) -> tuple[str, str]:
    """The filled and the empty part of a bar, together `width` cells, in eighths of a cell."""
    eighths = round(min(max(0.0, fraction), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    filled = "█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")
    return filled, "░" * (width - len(filled))

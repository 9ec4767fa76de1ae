"""Times and durations as one says them. Whatever number came from the wire can be shown. Pure functions."""

from __future__ import annotations

import math
import time

AGES = 3_155_760_000.0
"""Seconds of a century: a number beyond that is somebody's mistake, and only has to be shown."""

BEYOND = ">100 y"


def clock(at: float) -> str:
    """The local time of day, `16:07:28`; dashes for what is no time."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(at))
    except (ValueError, OverflowError, OSError):
        return "--:--:--"


def instant(at: float) -> str:
    """The local time of day with milliseconds, `16:07:28.690`."""
    if not abs(at) < AGES:
        return f"{clock(math.nan)}.---"
    milliseconds = math.floor(at * 1000)
    return f"{clock(milliseconds // 1000)}.{milliseconds % 1000:03d}"


def duration(seconds: float) -> str:
    """A setting or a wait, as one says it: `5 s`, `1.5 s`, `100 s`, `90 min`, `12 h`."""
    if not abs(seconds) < AGES:
        return BEYOND if seconds > 0 else "?"
    if seconds < 0.95:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10 and abs(seconds - round(seconds)) > 0.05:
        return f"{seconds:.1f} s"
    if seconds < 600:
        return f"{round(seconds)} s"
    if seconds < 36_000:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min" if not rest or minutes > 100 else f"{minutes} min {rest} s"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def countdown(seconds: float) -> str:
    """What is left until something, from a clock: `3.1 s`, `28 s`, `1:52`, `2:05:09`, `3 days`."""
    if not seconds < AGES:
        return BEYOND if seconds > 0 else "?"
    if seconds <= 0:
        return "now"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 172_800:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 86_400} days"


def span(least: float, most: float) -> str:
    """A range of waits, `90–190 s`; one number where both round to the same."""
    # The order of the arguments matters: NaN becomes 0.
    low, high = min(max(0.0, least), AGES), min(max(0.0, most), AGES)
    if high >= 600:
        least_min, most_min = f"{low / 60:.0f}", f"{high / 60:.0f}"
        return f"{most_min} min" if least_min == most_min else f"{least_min}–{most_min} min"
    if high < 10 and round(low) == round(high):
        return f"{low:.1f}–{high:.1f} s"
    return f"{low:.0f} s" if round(low) == round(high) else f"{low:.0f}–{high:.0f} s"


def times(n: int) -> str:
    """`once`, `twice`, `6 times`."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")

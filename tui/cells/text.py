"""Text for the screen: cleaning, fitting, durations, bars. Pure functions; widths are terminal cells."""

from __future__ import annotations

import math
import re
import time
from functools import lru_cache

from rich.cells import cell_len

from lab.watch.outputs.text import clean as clean

HOME = "@lab"
"""What the names of the lab's own workers end with; the screen leaves it out."""


GLUE = "\xa0"
"""A space at which a text is not wrapped."""

AGES = 3_155_760_000.0
"""Seconds of a century: a number beyond that is somebody's mistake, and only has to be shown."""

BEYOND = ">100 y"

_UNITS = re.compile(r"(?<=\d) (?=(?:ms|s|min|h|days)\b)")


@lru_cache(8192)
def cut(text: str, width: int) -> str:
    """The text in at most `width` cells; where something is missing it ends in `…`."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    used, kept = 0, []
    for char in text:
        used += cell_len(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, cut or padded; `right` aligns it there."""
    shown = cut(text, width)
    space = " " * (width - cell_len(shown))
    return space + shown if right else shown + space


def wrap(text: str, width: int, lines: int) -> list[str]:
    """The text in at most `lines` lines of `width` cells, broken at spaces; the last one may end in `…`."""
    words, wrapped = _UNITS.sub(GLUE, text).split(" "), [""]
    for n, word in enumerate(words):
        line = f"{wrapped[-1]} {word}".strip()
        if cell_len(line) <= width or not wrapped[-1]:
            wrapped[-1] = line
        elif len(wrapped) < lines:
            wrapped.append(word)
        else:
            wrapped[-1] = f"{wrapped[-1]} {' '.join(words[n:])}"
            break
    return [cut(line, width).replace(GLUE, " ") for line in wrapped]


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
        return f"{low / 60:.0f}–{high / 60:.0f} min"
    if high < 10 and round(low) == round(high):
        return f"{low:.1f}–{high:.1f} s"
    return f"{low:.0f} s" if round(low) == round(high) else f"{low:.0f}–{high:.0f} s"


def times(n: int) -> str:
    """`once`, `twice`, `6 times`."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def bar(fraction: float, width: int) -> tuple[str, str]:
    """The filled and the empty part of a bar, together `width` cells, in eighths of a cell."""
    eighths = round(min(max(0.0, fraction), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    filled = "█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")
    return filled, "░" * (width - len(filled))


def worker(name: str) -> str:
    """A worker's name as it is shown: the lab's own without their common ending."""
    return clean(name).removesuffix(HOME) if name else "?"


def short(task_id: str) -> str:
    """The first eight characters of a task id."""
    return clean(task_id[:8])


def title(task: str, args: str) -> str:
    """A message in a few words: the last part of its task's name and its arguments, `run CELERY`."""
    name = task.rsplit(".", 1)[-1] if task else "?"
    inner = args.strip()
    # `task-sent` has a list where the message's header has a tuple.
    if inner[:1] + inner[-1:] in ("()", "[]"):
        inner = inner[1:-1].removesuffix(",")
    if len(inner) > 1 and inner[0] == inner[-1] == "'" and "'" not in inner[1:-1]:
        inner = inner[1:-1]
    return clean(f"{name} {inner}".strip())

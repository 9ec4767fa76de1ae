"""Moments in words."""

from __future__ import annotations

from datetime import datetime


def moment(at: float, now: float) -> str:
    """The local time of day, `16:07:28`, with the day before it where that is not the day of `now`. A
    question mark for what is no time. Unix seconds."""
    try:
        when, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    except (OverflowError, ValueError, OSError):
        return "?"
    return f"{when:%H:%M:%S}" if when.date() == today.date() else f"{when:%Y-%m-%d %H:%M:%S}"

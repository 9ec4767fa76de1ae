"""What is believed of numbers from outside: from the wire, from an index, from a recording.

One absurd time would otherwise stand at one end of every order and overflow every clock that shows it.
"""

from __future__ import annotations

from lab.watch.facts import Fact

LATEST = 4e9
"""Unix seconds, in the year 2096: nothing has happened later, and no span of time is longer."""

LATEST_ETA = 253_402_387_200.0
"""Unix seconds, the end of the year 9999 in the last zone that has it: a message may be due as late as a
`datetime` can say, and some are, so as never to run by themselves."""

MOST = 2**53
"""The largest whole number that every JSON reader keeps exact."""


def plausible(seconds: float) -> bool:
    """Whether this may be a time since the epoch, or a span of time. Neither NaN nor an infinity may."""
    return 0 <= seconds < LATEST


def plausible_eta(seconds: float) -> bool:
    """Whether a message may be due then."""
    return 0 <= seconds < LATEST_ETA


def absurd(fact: Fact) -> str | None:
    """The first field of a fact that holds a number out of bounds; None if every number may be true."""
    for field in fact.__struct_fields__:
        value = getattr(fact, field)
        kind = type(value)
        if kind is float:
            # A clock may lag behind another one; nothing else is less than nothing.
            sound = (
                plausible_eta(value)
                if field == "eta"
                else plausible(abs(value) if field == "skew" else value)
            )
            if not sound:
                return field
        elif kind is int and not 0 <= value <= MOST:
            return field
    return None

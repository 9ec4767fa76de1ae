"""The way in: what the screen was started on, which decides what its keys may do."""

from __future__ import annotations

from typing import Literal

from tui.state.watched import Live

WayIn = Literal["lab", "attached", "replay"]
"""A lab, one's own or another program's; a deployment that is no lab; a recording, without a broker."""


def way_in(session: Live) -> WayIn:
    """The way in of a session."""
    return "lab" if session.live else "replay"

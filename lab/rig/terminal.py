"""The terminal as it was before the app: saved by the program, restored by the keeper after a kill."""

from __future__ import annotations

import contextlib
import os
import select
import termios
from typing import Any

import msgspec

LEAVE = "".join(
    (
        "\x1b[<u\x1b[=0u",  # kitty keyboard: pop the app's flags, none remain
        "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l",  # mouse off
        "\x1b[?1004l\x1b[?2004l\x1b[?2048l",  # focus reports, bracketed paste, in-band resize off
        "\x1b[?1049l",  # leave the alternate screen
        "\x1b[?7h\x1b[?25h\x1b[0m",  # wrap on, cursor shown, plain text
    )
).encode()
"""What undoes everything that a full-screen app switches on."""

LFLAG = 3
WRITABLE_WITHIN = 0.2
"""Seconds that a terminal which takes no output (Ctrl-S) may hold up the keeper."""


class SavedTerminal(msgspec.Struct, frozen=True):
    """A terminal and its modes as `termios.tcgetattr` gave them, fit for JSON."""

    fd: int
    modes: list[int]
    """iflag, oflag, cflag, lflag, ispeed, ospeed."""
    characters: list[int]


def save(fd: int) -> SavedTerminal | None:
    """The modes of the terminal `fd` now; None if it is not a terminal."""
    try:
        modes: list[Any] = termios.tcgetattr(fd)
    except (termios.error, OSError):
        return None
    characters = [one if isinstance(one, int) else ord(one) for one in modes[6]]
    return SavedTerminal(fd, modes[:6], characters)


def restore(saved: SavedTerminal) -> None:
    """Give the terminal back. Never blocks, never raises: a terminal that is gone needs nothing."""
    # ValueError: an fd beyond what select can watch.
    with contextlib.suppress(OSError, ValueError):
        _write(saved.fd, LEAVE)
    with contextlib.suppress(OSError, termios.error):
        # A shell that noticed the kill first has set the modes of its own line editor, which must stay.
        # Line editors keep signals on (ISIG); a full-screen app turns them off.
        now = termios.tcgetattr(saved.fd)[LFLAG]
        if saved.modes[LFLAG] & termios.ISIG and now & termios.ISIG:
            return
        # TCSADRAIN would wait for output that a stopped terminal never takes.
        modes: list[Any] = [*saved.modes, saved.characters]
        termios.tcsetattr(saved.fd, termios.TCSANOW, modes)


def _write(fd: int, data: bytes) -> None:
    try:
        # Opened anew, because a non-blocking `fd` would be non-blocking for the shell as well.
        own = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        if select.select([], [fd], [], WRITABLE_WITHIN)[1]:
            os.write(fd, data)
        return
    try:
        if select.select([], [own], [], WRITABLE_WITHIN)[1]:
            os.write(own, data)
    finally:
        os.close(own)

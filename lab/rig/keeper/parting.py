"""Parting: that a child does not outlive its parent, even if that is killed. Linux only."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""`prctl(2)`: the signal that a process gets when the thread that made it ends. It stays after `exec`."""


def dying_with_parent() -> Callable[[], None] | None:
    """What a child has to do between fork and exec, to be killed when this process ends; None where the
    system knows no such thing. To be called by the parent, in the thread that will fork."""
    if sys.platform != "linux":
        return None
    # Loaded here: between fork and exec as little as possible should happen.
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            # It ended before it could be said: nobody would kill this child any more.
            os._exit(1)

    return before_exec

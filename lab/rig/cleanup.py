"""Cleanup: what a killed keeper leaves behind is ended and removed by the program."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time

from lab.rig import broker, registry
from lab.rig.state import RigState

GONE_WITHIN = 0.5
"""Seconds to wait for killed processes to be gone; some inits, as in containers, never reap them."""
LONGEST = 10.0
"""Seconds that all of it may take, a broker that does not answer included."""


def clear(state: RigState, *, erase: bool) -> str | None:
    """End the rig's processes, remove its folder and registry file and, if `erase`, the keys of its prefix.

    What could not be done, as one line; else None.
    """
    started = [state.server_pid] + [worker.pid for worker in state.workers]
    pids = [pid for pid in started if pid is not None]
    for pid in pids:
        _kill_group(pid)
    until = time.monotonic() + GONE_WITHIN
    while any(_leads_group(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.01)
    if state.folder is not None:
        shutil.rmtree(state.folder, ignore_errors=True)
    try:
        registry.forget(state.id)
        if erase and state.url is not None:
            broker.erase(state.url, state.prefix)
    except (OSError, registry.RegistryError, broker.BrokerError) as error:
        return str(error)
    return None


def _leads_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _kill_group(pid: int) -> None:
    # The children belong to init now, which may have reaped one: only a leader of its own group can be ours.
    if _leads_group(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

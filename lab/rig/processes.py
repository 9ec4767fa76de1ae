"""Processes as the system shows them: which of this user's run, in which group, since when; and their end.

Read from /proc, and where there is none, as on macOS, from `ps`. It knows no rig.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")

PS_WITHIN = 5.0
"""Seconds that `ps` has to answer."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this user that is no zombie."""

    pid: int
    group: int
    session: int
    """0 where the system does not say."""
    born: str
    """When it was started, in the system's own words: with the pid it is one process and no other, however
    often the pid is given out again."""
    command: str
    folder: str
    """Its working folder, also after that was removed; empty where the system does not say."""


def running() -> list[Process]:
    """Every process of this user that runs now."""
    if not _by_proc():
        return list(_listed("-A"))
    found = (_read(int(each.name)) for each in PROC.iterdir() if each.name.isdecimal())
    return [process for process in found if process is not None]


def born(pid: int) -> str:
    """When the process of that pid was started, as `Process.born`; empty if there is none of this user."""
    process = _read(pid) if _by_proc() else next(_listed("-p", str(pid)), None)
    return process.born if process else ""


def has_members(group: int) -> bool:
    """Whether anybody, zombies included, is in a process group."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says so when only zombies are left.
        return True
    return True


def end(process: Process) -> bool:
    """SIGKILL this very process, and nobody else who has its pid by now; whether that was done."""
    handle = None
    # A handle is the process's own: it cannot end, and its pid be given out, between the look and the kill.
    with contextlib.suppress(AttributeError, OSError):
        handle = os.pidfd_open(process.pid)
    try:
        if born(process.pid) != process.born:
            return False
        if handle is None:
            os.kill(process.pid, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


@cache
def _by_proc() -> bool:
    return (PROC / "self" / "stat").exists()


@cache
def _boot() -> str:
    """Which start of the machine this is: after another one, pid and time may be the same."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _read(pid: int) -> Process | None:
    """One process from /proc; see `proc_pid_stat(5)`."""
    folder = PROC / str(pid)
    try:
        if folder.stat().st_uid != os.getuid():
            return None
        stat = (folder / "stat").read_text("utf-8", "replace")
        # The name, in parentheses, may hold anything.
        state, _, group, session, *rest = stat.rpartition(")")[2].split()
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return None
    if state in "ZX":
        return None
    try:
        where = str((folder / "cwd").readlink()).removesuffix(" (deleted)")
    except OSError:
        where = ""
    # The 22nd field: clock ticks from the machine's start.
    return Process(pid, int(group), int(session), f"{_boot()} {rest[15]}", command, where)


def _listed(*which: str) -> Iterator[Process]:
    """Those of this user that `ps` lists."""
    columns = "pid=,pgid=,uid=,stat=,lstart=,command="
    try:
        told = subprocess.run(
            ["ps", *which, "-o", columns],
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PS_WITHIN,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return
    for line in told.splitlines():
        # The time of the start is five words: `Wed Nov 25 13:34:05 2026`.
        words = line.split(None, 9)
        with contextlib.suppress(ValueError, IndexError):
            pid, group, uid = (int(word) for word in words[:3])
            if uid == os.getuid() and not words[3].startswith("Z"):
                yield Process(pid, group, 0, " ".join(words[4:9]), words[9] if len(words) > 9 else "", "")

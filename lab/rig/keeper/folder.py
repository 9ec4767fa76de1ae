"""The rig's folder: what its processes write, all in one place that goes with the rig."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

ATTEMPTS = 3
"""How often it is removed: a killed pool child may write its last line meanwhile."""


LONGEST = 80
"""Bytes of the path of the folder around it: that of a Unix socket in it ends at 104 on macOS, 108 on Linux
(`sun_path` of `unix(4)` and `unix(7)`)."""
SHORT = "/tmp"
"""Where it is made instead: short, and there on every system."""
PLAIN = re.compile(r"[A-Za-z0-9/._+-]*")
"""What stands in a URL as it is."""


def place() -> str:
    """The folder in which a rig's folder is made: that for temporary files, if a socket in it has a path that
    the system and a URL can hold."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= LONGEST and PLAIN.fullmatch(usual) else SHORT


class RigFolder:
    """A folder of the rig's own, there from the start. Raises `OSError` if it cannot be made."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="unacked-", dir=place()))
        self.logs = self.path / "logs"
        self.truth_log = self.path / "truth.jsonl"
        self.temporary = self.path / "tmp"
        """Where the workers put their temporary files."""

    def fill(self) -> None:
        """Make the folders in it. Raises `OSError`."""
        for folder in (self.logs, self.temporary):
            folder.mkdir(mode=0o700)

    def remove(self) -> None:
        """Remove it with all that is in it, as far as that can be done."""
        for _ in range(ATTEMPTS):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                break

"""The rig's folder: what its processes write, all in one place that goes with the rig."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

ATTEMPTS = 3
"""How often it is removed: a killed pool child may write its last line meanwhile."""


class RigFolder:
    """A folder of the rig's own, there from the start. Raises `OSError` if it cannot be made."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="unacked-"))
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

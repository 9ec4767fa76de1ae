"""What every test stands on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the program.
settings.register_profile("unacked", deadline=None, max_examples=150, print_blob=True)
settings.load_profile("unacked")


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of the test's own, so that runs do not see each other."""
    folder = tmp_path / "runtime"
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(folder))
    return folder

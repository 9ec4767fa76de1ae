"""What every test stands on."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of the test's own, so that runs do not see each other."""
    folder = tmp_path / "runtime"
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(folder))
    return folder

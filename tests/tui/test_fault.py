"""A fault of the program's own: its file is for its user, and can be shown in a terminal."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from tests.hostile import EVIL
from tui.fault import recorded


def test_the_file_is_for_its_user_only_and_nothing_in_it_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    said = recorded(ValueError(EVIL + "\ud800"))
    (file,) = tmp_path.iterdir()
    assert str(file) in said and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ValueError" in file.read_text() and all(
        line.isprintable() for line in file.read_text().split("\n")
    )

"""Recordings for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lab.watch.facts import AnyFact, Gap
from lab.watch.recording.parts import Rotation
from lab.watch.recording.reading import opened
from lab.watch.recording.recorder import Recorder


def record(path: Path, facts: Iterable[AnyFact], rotation: Rotation | None = None) -> Path:
    """Write a whole recording."""
    recorder = Recorder(path, "redis://:s3cret@host/0", rotation)
    for fact in facts:
        recorder.take(fact)
    recorder.close()
    assert recorder.fault is None
    return path


def read(path: Path) -> list[AnyFact]:
    """All that is recorded, the gaps among it."""
    return list(opened(path)[1])


def missing(path: Path) -> list[str]:
    """Why facts are missing in a recording, and how many."""
    return [f"{gap.why} ({gap.count})" for gap in read(path) if isinstance(gap, Gap)]

"""No pickle: a worker of the lab unpacks nothing that could run code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lab.app.celery_app import make_app
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_pickled_message_is_refused_and_not_unpacked(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    with Rig.start(Settings(workers=1, concurrency=1)) as rig:
        rig.wait_ready(20)
        app = make_app({"BROKER_URL": rig.state.url or ""})
        assert app.conf.accept_content == ["json"] and not app.conf.result_accept_content
        assert (app.conf.task_serializer, app.conf.event_serializer, app.conf.result_serializer) == (
            ("json",) * 3
        )
        refused = app.send_task("lab.run", (Trap(trap),), serializer="pickle")
        truth = Path(rig.state.truth_log or "")
        after = app.send_task("lab.run", ("afterwards",))
        wait_until(lambda: truth.exists() and after.id in truth.read_text(), 30, "the next one ran")
        with connect(rig.state.url or "") as client:
            wait_until(lambda: not client.exists("unacked", "celery"), what="both were taken")
        assert refused.id not in truth.read_text()
        assert "ContentDisallowed" in Path(rig.state.workers[0].log or "").read_text()
    assert not trap.exists()


def test_nothing_of_the_program_can_read_pickle() -> None:
    for folder in ("lab", "tui"):
        for file in (ROOT / folder).rglob("*.py"):
            lines = {line.strip() for line in file.read_text().splitlines()}
            assert not {"import pickle", "import marshal", "import shelve"} & lines, file

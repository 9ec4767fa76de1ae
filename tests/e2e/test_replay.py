"""Recording what one screen saw, and replaying it in another."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.terminal import Terminal
from tests.waiting import wait_until

SUMMARY = re.compile(r"1 sent · (\d+) deliveries · ran (\d+) times · (\d+) duplicates")


def test_a_replayed_incident_tells_the_same_story(tmp_path: Path) -> None:
    file = tmp_path / "incident.jsonl"
    with Terminal(
        [sys.executable, "-m", "tui", "--visibility-timeout", "2", "--eta", "6", "--record", str(file)]
    ) as live:
        wait_until(lambda: live.shows("● w1", "● w2"), 30)
        live.press("e")
        wait_until(lambda: SUMMARY.search(live.text), 20)
        told = SUMMARY.search(live.text)[0]  # type: ignore[index]
        live.press("q")
        assert live.process.wait(10) == 0
    with Terminal([sys.executable, "-m", "tui", "--replay", str(file), "--speed", "20"]) as replayed:
        wait_until(lambda: replayed.shows(told), 20, "the same summary")
        assert replayed.shows("replay of Valkey")
        replayed.press("e")
        wait_until(lambda: "recording" in replayed.text or not replayed.shows("e fire"))
        replayed.press("q")
        assert replayed.process.wait(10) == 0
    watched = subprocess.run(
        [sys.executable, "-m", "lab", "watch", "--json", "--replay", str(file), "--speed", "1000"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    last = json.loads(watched.stdout.splitlines()[-1])
    assert [str(last[kind]) for kind in ("deliveries", "executions", "duplicates")] == list(
        SUMMARY.search(told).groups()  # type: ignore[union-attr]
    )

"""`python -m tui URL` in a real terminal: somebody else's workers, and no key that acts on them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.app.producer import Producer
from lab.rig import registry
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect
from tests.e2e.terminal import ROOT, Terminal
from tests.waiting import wait_until


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker with one worker, which is not the program's: its registry is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path / "theirs"))
        rig = Rig.start(Settings(workers=1, visibility_timeout=60))
    with rig:
        rig.wait_ready(20)
        yield rig.state.url or ""


@pytest.mark.parametrize("way", ["url", "app"])
def test_attached_nothing_acts_and_nothing_is_started(url: str, way: str, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(f"from celery import Celery; app = Celery(broker={url!r})")
    arguments = [url] if way == "url" else ["-A", "shop"]
    environ = {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    with Terminal([sys.executable, "-m", "tui", *arguments], environ=environ) as terminal:
        wait_until(lambda: terminal.shows("attached", "● w1"), 30, "the worker on the screen")
        assert not terminal.shows("e fire") and not terminal.shows("+ add")
        with connect(url) as client:
            # A worker that has just come up takes away the key under which its neighbours replied.
            before = {key for key in client.scan_iter() if b"reply." not in key}
            for key in "eE+-vk":
                terminal.press(key)
            # What is sent after them is on the screen: they were read, and did nothing.
            Producer(url, "").fire(40, "GUEST")
            wait_until(lambda: terminal.shows("1 held"), 10, "the message in unacked")
            assert client.zcard("unacked_index") == 1 and client.llen("celery") == 0
            assert before <= set(client.scan_iter())
        terminal.press("?")
        wait_until(lambda: terminal.shows("Keys and words"), 5, "the help")
        assert not terminal.shows("Add a worker") and not terminal.shows("SIGKILL the holder")
        assert registry.alive() == [], "no keeper"
        assert psutil.Process(terminal.process.pid).children() == [], "and no other process"
        terminal.press("\x1b")
        # Pressed too soon, escape and q are one key.
        wait_until(lambda: not terminal.shows("Keys and words"), 5, "the help is gone")
        terminal.press("q")
        assert terminal.process.wait(10) == 0 and terminal.cooked


def test_a_broker_that_is_away_is_one_line() -> None:
    with Terminal([sys.executable, "-m", "tui", "redis://127.0.0.1:1/0"]) as terminal:
        assert terminal.process.wait(10) == 2
        wait_until(lambda: terminal.shows("redis://127.0.0.1:1/0 cannot be watched: away"))
        assert not terminal.shows("Traceback")


def test_several_deployments_are_a_short_list_to_choose_from(url: str) -> None:
    with connect(url) as client:
        for prefix in ("acme:", "b:"):
            node = f"\x06\x16\x06\x16{prefix}@x.celery.pidbox"
            client.sadd(f"{prefix}_kombu.binding.celery.pidbox", node)
    with Terminal([sys.executable, "-m", "tui", url]) as terminal:
        wait_until(lambda: terminal.shows("deployments on", "--prefix acme:", "Which one"), 20)
        (line,) = (line for line in terminal.text.splitlines() if "--prefix acme:" in line)
        terminal.press(f"{line.split()[0]}\n")
        wait_until(lambda: terminal.shows("attached", "no worker"), 20, "that one, where nobody works now")
        terminal.press("q")
        assert terminal.process.wait(10) == 0

"""The kinds of probe: how each one asks the workers whether they live. Blocks.

All but the last are processes of their own, as a container platform starts them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from lab.experiments.setup import Probe
from lab.rig.workers import WorkerSpec, environment, python_path
from lab.watch.broker.connection import Address, connect
from lab.watch.broker.layout import Layout
from lab.watch.sources.inspection.inspection import PIDBOX
from lab.watch.sources.inspection.pidbox import Pidbox

PATIENCE = 30.0
"""Seconds that a probe may take; a bare ping takes about two."""

OURS = ("CELERY_", "BROKER_URL", "LAB_PREFIX", "VISIBILITY_TIMEOUT", "RESTORE_")
"""What begins a variable that Celery or the lab's app would read, which a bare probe must not have."""


class ProbeError(RuntimeError):
    """A probe that got no answer; the text is one line."""


def words_of(kind: Probe) -> str:
    """What is run, as one would type it."""
    return {
        "bare": "celery -b URL inspect ping",
        "app": "celery -A lab.app.celery_app inspect ping",
        "no-ack-emulation": "python -m lab.app.cures.ping URL",
        "raw": "PUBLISH the ping, and read the answers from a list of our own",
    }[kind]


def ask(kind: Probe, url: str, prefix: str, worker: WorkerSpec, folder: Path) -> str:
    """Ask, and return what was answered, in one line. Raises `ProbeError` and `redis.RedisError`."""
    if kind == "raw":
        return _ask_raw(url, prefix)
    celery = [sys.executable, "-m", "celery"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    bare["PYTHONPATH"] = python_path(os.environ)
    if kind == "bare":
        return _run([*celery, "-b", url, "inspect", "ping"], bare, folder)
    if kind == "no-ack-emulation":
        return _run([sys.executable, "-m", "lab.app.cures.ping", url], bare, folder)
    own = environment(
        worker, url=url, prefix=prefix, truth_log=folder / "none", temporary=folder, inherited=bare
    )
    return _run([*celery, "-A", worker.app, "inspect", "ping"], own, folder)


def _run(command: list[str], environ: Mapping[str, str], folder: Path) -> str:
    try:
        done = subprocess.run(
            command, env=environ, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProbeError(f"the probe did not end within {PATIENCE:g} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ProbeError(f"the probe failed: {said[-1] if said else f'status {done.returncode}'}")
    return f"{done.stdout.count('pong')} pong"


def _ask_raw(url: str, prefix: str) -> str:
    layout = Layout.under(prefix)
    box = Pidbox(prefix, layout.channel(PIDBOX, Address.from_url(url).db), lambda _: None)
    client = connect(url)
    try:
        answers = box.ask(client, "ping", threading.Event())
    finally:
        box.leave(client)
        client.close()
    if not answers:
        raise ProbeError("no worker answered the probe")
    return f"{len(answers)} pong"

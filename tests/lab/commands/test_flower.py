"""`python -m lab flower`: it sweeps as the lab's workers do."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import psutil
import pytest

from lab.commands.flower import door, flower_environment
from lab.rig import registry
from lab.rig.broker import free_port
from lab.rig.rig import Rig
from lab.settings import Settings
from tests.waiting import wait_until

PROGRAM = (
    "import json; from lab.app.celery_app import app; print(json.dumps(app.conf.broker_transport_options))"
)


def test_other_users_of_the_machine_meet_a_password_that_stands_in_no_list_of_processes() -> None:
    if importlib.util.find_spec("flower") is None:
        pytest.skip("Flower is not installed")
    port = free_port()
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        command = [sys.executable, "-m", "lab", "flower", "--port", str(port)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as flower:
            try:
                assert flower.stdout
                said = re.search(r"user (\w+), password (\S+);", flower.stdout.readline())
                assert said
                wait_until(lambda: status(port) == 401, 30, "who has no password is turned away")
                assert status(port, *said.groups()) == 200
                assert not any(said[2] in word for word in psutil.Process(flower.pid).cmdline())
            finally:
                flower.terminate()


def test_how_one_logs_in_is_left_to_who_has_set_it() -> None:
    assert door({"FLOWER_BASIC_AUTH": "me:mine"}) == door({"FLOWER_AUTH": ".*@example.com"}) == {}


def status(port: int, user: str = "", password: str = "") -> int:
    """What Flower answers to this user; 0 for nothing."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/workers?json=1")
    if user:
        told = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {told}")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def transport_options(environment: Mapping[str, str]) -> dict[str, Any]:
    """Those of the app that is made in an environment."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=dict(environment), capture_output=True, text=True, check=True
    )
    options: dict[str, Any] = json.loads(told.stdout)
    return options


def test_its_app_has_the_transport_options_of_the_workers_also_after_they_got_others() -> None:
    settings = Settings(visibility_timeout=60, restore_interval=2, restore_throttle=3, workers=1)
    with Rig.start(settings) as rig:

        def running(seconds: int) -> bool:
            """Whether the worker has this visibility timeout, and the registry knows."""
            (worker,) = rig.state.workers
            told = any(record.visibility_timeout == seconds for record in registry.alive())
            return told and worker.state == "running" and worker.visibility_timeout == seconds

        wait_until(lambda: running(60), 20)
        rig.restart_workers(70)
        wait_until(lambda: running(70), 20)
        theirs = transport_options(psutil.Process(rig.state.workers[0].pid).environ())
        assert transport_options({**os.environ, **flower_environment(registry.find(None))}) == theirs
        assert theirs == {
            "global_keyprefix": "",
            "visibility_timeout": 70,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 3,
        }

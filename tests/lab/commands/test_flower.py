"""`python -m lab flower`: it sweeps as the lab's workers do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import psutil

from lab.commands.flower import flower_environment
from lab.rig import registry
from lab.rig.rig import Rig
from lab.settings import Settings
from tests.waiting import wait_until

PROGRAM = (
    "import json; from lab.app.celery_app import app; print(json.dumps(app.conf.broker_transport_options))"
)


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

"""Starting: from a setup to a testbed whose rig comes up, under observation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from lab.app.celery_app import CONF, TASK_CLASS
from lab.experiments.setup import Setup
from lab.experiments.testbed import Testbed
from lab.lab_session import LabSession
from lab.rig.rig import Rig
from lab.rig.workers import Backoff, WorkerSpec
from lab.settings import Settings

BACKOFF = Backoff(first=0.5)
UNATTENDED = Backoff(first=4.0)
"""Where nobody starts an ended worker again: time enough to call it off. A server that was killed within
this time of its start waits as long."""


def start_testbed(setup: Setup, tell: Callable[[str, str], None]) -> Testbed:
    """Start the rig that a setup asks for, and return at once. Raises `RigError`."""
    first = (setup.workers or setup.later)[0]
    settings = Settings(
        visibility_timeout=setup.hidden,
        restore_interval=first.restore_interval,
        restore_throttle=first.restore_throttle,
    )
    given = replace(
        setup,
        workers=tuple(_with_settings(spec, setup) for spec in setup.workers),
        later=tuple(_with_settings(spec, setup) for spec in setup.later),
    )
    rig = Rig.start(
        settings,
        workers=given.workers,
        backoff=BACKOFF if setup.supervised else UNATTENDED,
        server_options=setup.server,
    )
    return Testbed(given, rig, LabSession(rig), tell)


def _with_settings(spec: WorkerSpec, setup: Setup) -> WorkerSpec:
    """A worker with the scenario's Celery settings and task class, which its app reads from there."""
    environment = {CONF: json.dumps(dict(setup.conf)), TASK_CLASS: setup.task_class, **spec.environment}
    return replace(spec, environment=environment)

"""Skew: an environment in which a worker's clock is ahead."""

from __future__ import annotations

import os
from pathlib import Path

from lab.rig.workers import python_path

SKEW = "UNACKED_CLOCK_SKEW"
"""Names, in a worker's environment, the seconds by which its clock is ahead."""


def ahead(seconds: float) -> dict[str, str]:
    """The environment of a worker in which `time.time` is ahead, as Python imports the `sitecustomize`
    module of the folder `skewed` before anything else. The clocks of the kernel and of the logs stay."""
    skewed = str(Path(__file__).with_name("skewed"))
    return {SKEW: str(seconds), "PYTHONPATH": os.pathsep.join((skewed, python_path(os.environ)))}

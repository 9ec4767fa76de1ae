"""The hints: what an empty list says about itself, and what `e` will bring to it."""

from __future__ import annotations

import math

from tui.scene import Scene
from tui.text import duration


def hints(scene: Scene) -> tuple[str, str, str]:
    """For the scheduled messages, the unacked ones and the duplicate executions."""
    hidden = duration(scene.hidden) if scene.hidden is not None else "the visibility timeout"
    again = scene.hidden is not None and scene.hidden < scene.eta
    runs = (
        f"Nothing ran twice. After e, look here at its ETA: one message will run about {_about(scene)} times."
        if again
        else "Nothing ran twice, and with this visibility timeout e will not change that."
    )
    return (
        f"Nothing is scheduled. e sends a message that is due in {scene.eta} s.",
        "Nothing is unacked. A message stands here from when a worker takes it until it runs, hidden from"
        f" the others for {hidden} at a time.",
        runs,
    )


def _about(scene: Scene) -> int:
    """How many runs a message that `e` sends will have, roughly: it depends on when the sweeps come."""
    assert scene.hidden is not None
    period = scene.period or 0.0
    # A sweep comes a little late, so a message hidden for five periods is restored by the sixth call.
    wait = max(period, math.ceil(scene.hidden / period) * period if period else scene.hidden)
    return 1 + int(scene.eta / (wait * 1.006))

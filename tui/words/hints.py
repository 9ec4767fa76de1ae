"""The hints: what an empty list says about itself, and what `e` will bring to it."""

from __future__ import annotations

from tui.cells.durations import duration
from tui.state.deployment import Deployment


def hints(deployment: Deployment) -> tuple[str, str, str]:
    """For the scheduled messages, the unacked ones and the duplicate executions."""
    if deployment.scenario:
        return "Nothing is scheduled.", "Nothing is unacked.", "Nothing ran twice."
    hidden = duration(deployment.hidden) if deployment.hidden is not None else "the visibility timeout"
    again = deployment.hidden is not None and deployment.hidden < deployment.eta
    runs = (
        f"Nothing ran twice. After e, look here at its ETA: its wait of {deployment.eta} s is longer than"
        f" {hidden}, so it will run more than once."
        if again
        else "Nothing ran twice, and with this visibility timeout e will not change that."
    )
    return (
        f"Nothing is scheduled. e sends a message that is due in {deployment.eta} s.",
        "Nothing is unacked. A message stands here from when a worker takes it until it runs, hidden from"
        f" the others for {hidden} at a time.",
        runs,
    )

"""The hints: what an empty list says about itself, and what `e` will bring to it."""

from __future__ import annotations

from lab.watch.outputs.plurals import plural
from tui.state.deployment import Deployment
from tui.words.told import hidden_words


def hints(deployment: Deployment, beside: str = "") -> tuple[str, str, str]:
    """For the scheduled messages, the unacked ones and the duplicate executions.

    `beside`: what else befell messages. That nothing ran twice is not said alone then.
    """
    scheduled, unacked, duplicates = _hints(deployment)
    if beside:
        duplicates = _nothing_twice(deployment) if deployment.attached else "Nothing ran twice."
        duplicates = f"{duplicates} But {beside}."
    return scheduled, unacked, duplicates


def beside_words(lost: int, poison: int, discarded: int) -> str:
    """What befell messages beside running twice, in one clause; empty for nothing."""
    told = [f"{plural(lost, 'message was', 'messages were')} lost"] if lost else []
    if poison:
        told.append(f"{plural(poison, 'message comes', 'messages come')} again without end (poison)")
    if discarded:
        told.append(
            f"{plural(discarded, 'copy was', 'copies were')} thrown away by a worker without the task"
        )
    return ", and ".join(told)


def _hints(deployment: Deployment) -> tuple[str, str, str]:
    if deployment.attached:
        return (
            "No message with an ETA is known: what is sent from now on shows here.",
            _nothing_unacked(deployment),
            _nothing_twice(deployment),
        )
    if not deployment.live:
        return "Nothing is scheduled.", "Nothing is unacked.", "Nothing ran twice so far."
    if deployment.scenario:
        return "Nothing is scheduled.", "Nothing is unacked.", "Nothing ran twice."
    hidden = hidden_words(deployment.hidden)
    again = deployment.hidden.timeout.shown < deployment.eta
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


def _nothing_twice(deployment: Deployment) -> str:
    """That nothing ran twice is only said where runs can be seen."""
    if deployment.events:
        return f"Runs cannot be seen: {deployment.events}. What stands in unacked is read all the same."
    return "Nothing was seen to run twice since this screen was opened."


def _nothing_unacked(deployment: Deployment) -> str:
    if deployment.keys_elsewhere:
        return (
            "Workers hold messages that do not stand here: unacked has another name on this deployment."
            " Attach with its app (-A), or with --unacked-key and --unacked-index-key."
        )
    return "Nothing is unacked: no worker holds a message that it has not acknowledged."

"""The footer: the keys that do something now, and what, taken from the keymap."""

from __future__ import annotations

from dataclasses import dataclass

from lab.watch.model.accounts.account import Attempt
from tui.actions.controls import Controls
from tui.actions.keymap import KEYS, Situation
from tui.cells import names
from tui.state.deployment import Deployment


@dataclass(frozen=True, slots=True)
class FooterKey:
    """A key as the footer shows it."""

    key: str
    label: str
    """What it does, in a word or two."""
    action: str
    """What a click on it does, as Textual names it."""


def footer_keys(
    situation: Situation, controls: Controls, attempt: Attempt | None, deployment: Deployment
) -> list[FooterKey]:
    """The keys to show; some say what they would do at this moment."""
    labels = _labels_now(situation, controls, attempt, deployment)
    return [
        FooterKey(key.shown_as, labels.get(key.action, key.label), f"app.{key.action}")
        for key in KEYS
        if key.offered(situation)
    ]


def _labels_now(
    situation: Situation, controls: Controls, attempt: Attempt | None, deployment: Deployment
) -> dict[str, str]:
    """By action: `v` names the timeout that it changes to, `k` the worker that it would kill, `t` where it
    leads back to."""
    labels = {"timeline": "lists"} if situation.alone else {}
    if situation.phase == "scenario":
        return labels | {"leave": "stop"}
    labels["timeout"] = f"timeout {controls.other_timeout} s"
    if victim := controls.victim(attempt, deployment):
        labels["kill"] = f"kill {names.worker(victim)}"
    return labels

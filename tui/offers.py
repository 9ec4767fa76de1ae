"""The offers of the footer: the keys that do something now, and what, taken from the bindings."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding, BindingType

from lab.watch.account import Attempt
from tui import text
from tui.controls import Controls
from tui.scene import Scene

Offer = tuple[str, str, str]
"""A key as it is shown, what it does in a word or two, and its action."""

RIG_KEYS = frozenset({"v", "plus", "minus", "k"})
"""Keys that only the owner of the rig has a use for."""

SENDING_KEYS = frozenset({"e", "E"})
"""Keys that need a broker."""


def offers(
    bindings: Sequence[BindingType], controls: Controls, attempt: Attempt | None, scene: Scene
) -> list[Offer]:
    """The footer's keys: `v` names the timeout that it changes to, `k` the worker that it would kill."""
    words = {"v": f"timeout {controls.other_timeout} s"}
    if victim := controls.victim(attempt, scene):
        words["k"] = f"kill {text.worker(victim)}"
    shown = [each for each in bindings if isinstance(each, Binding) and each.show]
    if not scene.live:
        shown = [each for each in shown if each.key not in SENDING_KEYS]
    if not scene.own:
        shown = [each for each in shown if each.key not in RIG_KEYS]
    return [(b.key_display or b.key, words.get(b.key, b.description), f"app.{b.action}") for b in shown]

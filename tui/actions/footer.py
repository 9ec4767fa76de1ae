"""The offers of the footer: the keys that do something now, and what, taken from the bindings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.binding import Binding, BindingType

from lab.watch.model.accounts.account import Attempt
from tui.actions.controls import Controls
from tui.cells import text
from tui.state.deployment import Deployment

FooterKey = tuple[str, str, str]
"""A key as it is shown, what it does in a word or two, and its action."""

RIG_KEYS = frozenset({"v", "plus", "minus", "k"})
"""Keys that only the owner of the rig has a use for."""

RUN_KEYS = frozenset({"escape", "question_mark", "q"})
"""The keys while a scenario runs; after its verdict, `s` as well."""

SENDING_KEYS = frozenset({"e", "E"})
"""Keys that need a broker."""


def footer_keys(
    bindings: Sequence[BindingType], controls: Controls, attempt: Attempt | None, deployment: Deployment
) -> list[FooterKey]:
    """The footer's keys: `v` names the timeout that it changes to, `k` the worker that it would kill."""
    named = [each for each in bindings if isinstance(each, Binding) and each.show]
    if deployment.scenario:
        keys = RUN_KEYS | {"s"} if deployment.over else RUN_KEYS
        words = {"escape": "back to the lab" if deployment.over else "stop"}
        return [_offer(each, words) for each in named if each.key in keys]
    words = {"v": f"timeout {controls.other_timeout} s"}
    if victim := controls.victim(attempt, deployment):
        words["k"] = f"kill {text.worker(victim)}"
    shown = [each for each in named if each.key != "escape"]
    if not deployment.live:
        shown = [each for each in shown if each.key not in SENDING_KEYS]
    if not deployment.own or not controls.workers:
        # Of another program's workers nothing can be changed; one's own can always be added.
        keep = {"plus"} if deployment.own else frozenset()
        shown = [each for each in shown if each.key not in RIG_KEYS or each.key in keep]
    return [_offer(each, words) for each in shown]


def _offer(binding: Binding, words: Mapping[str, str]) -> FooterKey:
    return (
        binding.key_display or binding.key,
        words.get(binding.key, binding.description),
        f"app.{binding.action}",
    )

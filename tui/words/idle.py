"""The idle story: what there is to say while there is no message, or no broker to ask."""

from __future__ import annotations

from tui.cells.names import worker
from tui.cells.text import clean
from tui.state.deployment import Deployment
from tui.words.notices import FULL
from tui.words.told import Story, hidden_words


def idle_story(deployment: Deployment) -> Story:
    """What there is to say while there is no message: what is starting, or what to press."""
    if deployment.scenario:
        return _scenario_story(deployment)
    if not deployment.live:
        return Story("calm", "A recording is replayed: its messages show here as they did.")
    if not deployment.url:
        return Story(
            "wait",
            f"The broker is starting, then {_workers(deployment)}. A message sent with e waits for them.",
        )
    if not deployment.connected:
        if deployment.trouble:
            why = deployment.trouble.rstrip(".")
            return Story("bad", clean(f"The broker {deployment.url} does not answer: {why}. Trying again …"))
        return Story("wait", f"Connecting to {deployment.url} …")
    if deployment.full:
        return Story("bad", f"{FULL[0].upper()}{FULL[1:]}.")
    if deployment.attached:
        return _attached_story(deployment)
    if not deployment.workers:
        plus = ": press + to start one, and e to send a message." if deployment.own else " up."
        return Story("wait", f"There is no worker{plus}")
    start = f"Press e: one message is sent, to run in {deployment.eta} s."
    held_for = hidden_words(deployment.hidden)
    if deployment.hidden.timeout.shown > deployment.eta:
        held = f" A worker takes it and keeps it, hidden for {held_for}, longer than that."
        return Story("calm", f"{start}{held} It will run once.")
    more = (
        f" It is acknowledged only when it runs, so every {held_for} the broker hands it"
        " out again, and every copy runs."
    )
    return Story("calm" if deployment.up else "wait", f"{start}{more}")


def _attached_story(deployment: Deployment) -> Story:
    """What is known of somebody else's deployment before any message of it is."""
    if not deployment.workers:
        return Story(
            "wait", "No worker was heard yet; they say something every 2 s, unless heartbeats are off."
        )
    if deployment.events:
        return Story("wait", f"Attached, read only. Runs cannot be seen: {deployment.events}.")
    if deployment.unknown:
        return Story("wait", clean(f"Attached, read only. Not known is {'; '.join(deployment.unknown)}."))
    return Story("calm", "Attached, read only: what workers take, hold and run from now on shows here.")


def _scenario_story(deployment: Deployment) -> Story:
    if deployment.over:
        return Story("calm", f"{deployment.scenario} is over. esc leads back, s to another scenario.")
    if not deployment.connected:
        starts = f"{deployment.scenario} gets a rig of its own, which starts;"
        return Story("wait", f"{starts} what was watched goes on meanwhile.")
    return Story("wait", f"{deployment.scenario} runs on a rig of its own. There is no message yet.")


def _workers(deployment: Deployment) -> str:
    names = [worker(each.name) for each in deployment.workers]
    return f"the workers {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "its worker"

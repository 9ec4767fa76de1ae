"""The opening: what there is to say while there is no message, or no broker to ask."""

from __future__ import annotations

from tui.scene import Scene
from tui.story import Story
from tui.text import clean, duration, worker


def opening(scene: Scene) -> Story:
    """What there is to say while there is no message: what is starting, or what to press."""
    if scene.scenario:
        return _playing(scene)
    if not scene.live:
        return Story("calm", "A recording is replayed: its messages show here as they did.")
    if not scene.url:
        return Story(
            "wait", f"The broker is starting, then {_workers(scene)}. A message sent with e waits for them."
        )
    if not scene.connected:
        if scene.trouble:
            why = scene.trouble.rstrip(".")
            return Story("bad", clean(f"The broker {scene.url} does not answer: {why}. Trying again …"))
        return Story("wait", f"Connecting to {scene.url} …")
    if not scene.workers:
        plus = ": press + to start one, and e to send a message." if scene.own else " up."
        return Story("wait", f"There is no worker{plus}")
    start = f"Press e: one message is sent, to run in {scene.eta} s."
    held_for = duration(scene.hidden) if scene.hidden is not None else "a long time"
    if scene.hidden is None or scene.hidden > scene.eta:
        held = f" A worker takes it and keeps it, hidden for {held_for}, longer than that."
        return Story("calm", f"{start}{held} It will run once.")
    more = (
        f" It is acknowledged only when it runs, so every {duration(scene.hidden)} the broker hands it out"
        " again, and every copy runs."
    )
    return Story("calm" if scene.up else "wait", f"{start}{more}")


def _playing(scene: Scene) -> Story:
    if scene.over:
        return Story("calm", f"{scene.scenario} is over. esc brings the lab back, s another scenario.")
    if not scene.connected:
        return Story(
            "wait", f"{scene.scenario} gets a rig of its own, which starts; the lab goes on meanwhile."
        )
    return Story("wait", f"{scene.scenario} runs on a rig of its own. There is no message yet.")


def _workers(scene: Scene) -> str:
    names = [worker(each.name) for each in scene.workers]
    return f"the workers {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "its worker"

"""The words that rules share: times, names of tasks, and how often a message runs that waits too long."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from math import floor
from typing import TypeVar

from lab.lint.app_settings import AppSettings, TaskSettings

Trait = TypeVar("Trait", bound=Hashable)

NAMED = 3
"""Tasks that one finding names; the others it counts."""

HOUR, DAY = 3600, 86_400


def seconds(time: float) -> str:
    """`90 s`, `7,200 s (2 h)`, `172,800 s (2 d)`."""
    said = f"{time:,.3f}".rstrip("0").rstrip(".") + " s"
    if time >= 2 * DAY:
        return f"{said} ({time / DAY:,.3g} d)"
    return f"{said} ({time / HOUR:,.3g} h)" if time >= HOUR else said


def line(option: str, value: str, tasks: Iterable[TaskSettings], setting: str = "") -> str:
    """The setting as Celery names it: that of the app if it is the app's, or the tasks and their option."""
    names = [task.name for task in tasks]
    own = [name for name in names if name]
    shown = ", ".join(own[:NAMED])
    if len(own) > NAMED:
        shown += f" and {len(own) - NAMED:,} more"
    if "" in names and setting:
        return f"{setting} = {value}" + (f" ({shown})" if shown else "")
    return f"{shown or 'Task'}: {option} = {value}"


def alike(
    settings: AppSettings, trait: Callable[[TaskSettings], Trait | None]
) -> dict[Trait, list[TaskSettings]]:
    """The tasks by what they have in common, without those that have None of it. The app's defaults stand
    before the tasks that have the same, and are left out where there are tasks and none has it."""
    found: dict[Trait, list[TaskSettings]] = {}
    for task in (settings.defaults, *settings.tasks):
        what = trait(task)
        if what is not None:
            found.setdefault(what, []).append(task)
    if not settings.tasks:
        return found
    return {what: tasks for what, tasks in found.items() if any(task.name for task in tasks)}


def hidden(settings: AppSettings) -> str:
    """The visibility timeout, and who says so."""
    by = "broker_transport_options" if settings.timeout_written else "kombu's default"
    return f"a visibility timeout of {seconds(settings.timeout)} ({by})"


def again_and_again(wait: float, settings: AppSettings) -> str:
    """What becomes of a message that a worker holds for `wait` seconds without having begun it."""
    timeout = settings.timeout
    runs = 1 + floor(wait / timeout)
    return (
        f"Once {seconds(timeout)} are over the next sweep hands it out again (each worker makes one in"
        f" {seconds(settings.period)}), and so on; every copy runs: up to {runs:,} runs instead of one"
    )

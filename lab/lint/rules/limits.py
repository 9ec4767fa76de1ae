"""Rules for time limits: a run is not to last beyond the visibility timeout, and to end at all."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings, TaskSettings
from lab.lint.rule import Rule
from lab.lint.words import alike, hidden, line, seconds
from lab.watch.findings.finding import Finding
from lab.watch.findings.timeout_advice import roomy_timeout, smallest_timeout


def longest_run(task: TaskSettings) -> float | None:
    """How long a run of it may last; None is for ever. The soft limit only asks, but is all there is without
    the hard one."""
    limit = _limit(task)
    return limit[1] if limit else None


def _beyond(settings: AppSettings) -> Iterator[Finding]:
    """With acks_late the message stays in `unacked` until its run has ended (`celery.worker.request`)."""
    if not settings.hides:
        return
    for (option, limit), tasks in alike(
        settings, lambda task: _limit(task) if task.acks_late else None
    ).items():
        if settings.timeout >= smallest_timeout(limit):
            continue
        yield Finding(
            BEYOND.id,
            "critical",
            f"{line(option, seconds(limit), tasks, f'task_{option}')}, with acks_late, is beyond the"
            " visibility"
            " timeout",
            f"A run may last {seconds(limit)} and is acknowledged at its end; it meets {hidden(settings)}."
            " One that"
            f" still goes on after {seconds(settings.timeout)} is handed to another worker, and runs in both."
            " That runs last so long is assumed from the limit",
            f"A limit below the timeout, or a timeout of {roomy_timeout(limit):,} s on every app of this db",
            "assumed",
        )


def _limit(task: TaskSettings) -> tuple[str, float] | None:
    if task.time_limit:
        return "time_limit", task.time_limit
    return ("soft_time_limit", task.soft_time_limit) if task.soft_time_limit else None


def _none(settings: AppSettings) -> Iterator[Finding]:
    found = alike(settings, lambda task: None if longest_run(task) else _acks(task))
    for acks, tasks in found.items():
        late = acks == "late"
        if late and settings.hides:
            does = f"One that lasts {seconds(settings.timeout)} is handed out again, and runs beside itself"
        else:
            does = (
                "One that hangs keeps its place in the pool for good, and what waits behind it waits with it"
            )
        yield Finding(
            NONE.id,
            "warning" if late else "note",
            f"{line('time_limit', 'None', tasks, 'task_time_limit')}{', with acks_late' if late else ''}: a"
            " run may"
            " last for ever",
            f"Neither a hard nor a soft limit is set. {does}. How long runs last is not known",
            "task_time_limit below the visibility timeout, and task_soft_time_limit below that",
            "assumed",
        )


def _acks(task: TaskSettings) -> str:
    return "late" if task.acks_late else "early"


def _inverted(settings: AppSettings) -> Iterator[Finding]:
    """`celery.app.task:Task.apply_async` refuses it since 5.6; before that the soft limit never comes."""
    found = alike(settings, _both)
    for both, tasks in found.items():
        yield Finding(
            INVERTED.id,
            "critical",
            f"{line('soft_time_limit', str(both), tasks, 'task_soft_time_limit')}: the soft limit is beyond"
            " the hard one",
            "Celery 5.7 raises a ValueError whenever such a task is sent, and 5.6 where both limits are its"
            " own; else the hard limit kills a run before it is asked to end",
            "A soft_time_limit below the time_limit",
            "known",
        )


def _both(task: TaskSettings) -> str | None:
    if task.soft_time_limit and task.time_limit and task.soft_time_limit > task.time_limit:
        return f"{seconds(task.soft_time_limit)}, time_limit = {seconds(task.time_limit)}"
    return None


BEYOND = Rule(
    "run-beyond-timeout",
    "A task that is acknowledged late may run longer than the visibility timeout.",
    _beyond,
)
NONE = Rule(
    "no-time-limit",
    "Nothing ends a run that hangs.",
    _none,
)
INVERTED = Rule(
    "soft-limit-beyond-hard",
    "A soft time limit lies beyond the hard one.",
    _inverted,
)

"""Rules for retries: how long they wait, and whether they end."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings, TaskSettings
from lab.lint.rule import Rule
from lab.lint.words import again_and_again, alike, hidden, line, seconds
from lab.watch.findings.finding import Finding
from lab.watch.findings.timeout_advice import roomy_timeout, smallest_timeout
from lab.watch.model.sweeping.settings import Ground


def longest_backoff(task: TaskSettings) -> float | None:
    """The longest delay that its retries reach: it doubles with each, up to `retry_backoff_max`
    (`celery.utils.time:get_exponential_backoff_interval`). None where nothing is retried by backoff."""
    if not task.autoretry or not task.retry_backoff or task.max_retries == 0:
        return None
    if task.max_retries is None:
        return task.retry_backoff_max
    # After sixty doublings every number of seconds is beyond any maximum.
    doublings = min(task.max_retries - 1, 60)
    return min(task.retry_backoff_max, int(max(1.0, task.retry_backoff)) * 2.0**doublings)


def _waits(task: TaskSettings) -> Iterator[tuple[str, float]]:
    """The option that makes its retries wait, and how long. Code that calls `self.retry()` goes by
    `default_retry_delay`, and so does `autoretry_for` alone (`celery.app.autoretry`)."""
    if task.max_retries == 0:
        return
    backoff = longest_backoff(task)
    if backoff is not None:
        reached = backoff == task.retry_backoff_max
        yield "retry_backoff_max" if reached else "retry_backoff after max_retries", backoff
    elif task.autoretry and task.retry_countdown is not None:
        yield "retry_kwargs['countdown']", task.retry_countdown
    else:
        yield "default_retry_delay", task.default_retry_delay


def _too_long(settings: AppSettings) -> Iterator[Finding]:
    """A retry is a message with an ETA, held in `unacked` by the worker that took it until it is due."""
    if not settings.hides:
        return
    found: dict[tuple[str, float, bool], list[TaskSettings]] = {}
    for task in settings.tasks:
        for option, wait in _waits(task):
            if settings.timeout < smallest_timeout(wait):
                found.setdefault((option, wait, task.autoretry), []).append(task)
    for (option, wait, sure), tasks in found.items():
        doubt = "" if sure else ". That it calls self.retry() without a countdown is assumed"
        yield Finding(
            TOO_LONG.id,
            "critical",
            f"{line(option, seconds(wait), tasks)} is beyond the visibility timeout",
            f"A retry that is due in {seconds(wait)} meets {hidden(settings)}."
            f" {again_and_again(wait, settings)}{doubt}",
            f"A delay below the timeout, or a timeout of {roomy_timeout(wait):,} s on every app of this db",
            "known" if sure else "assumed",
        )


def _endless(settings: AppSettings) -> Iterator[Finding]:
    found: dict[Ground, list[TaskSettings]] = alike(settings, _ground)
    for ground, tasks in found.items():
        known = ground == "known"
        doubt = "" if known else ". That they call self.retry() is assumed"
        yield Finding(
            ENDLESS.id,
            "warning",
            f"{line('max_retries', 'None', tasks)}: nothing ends the retries",
            "What fails for good is tried again for ever, every"
            f" {seconds(min(_pause(task) for task in tasks))} or later, and the messages that fail add"
            f" up{doubt}",
            "A number of max_retries, and a place where what failed for good is looked at",
            ground,
        )


def _ground(task: TaskSettings) -> Ground | None:
    if task.max_retries is not None:
        return None
    return "known" if task.autoretry else "assumed"


def _pause(task: TaskSettings) -> float:
    if task.autoretry and task.retry_backoff:
        return min(task.retry_backoff, task.retry_backoff_max)
    return task.retry_countdown if task.retry_countdown is not None else task.default_retry_delay


TOO_LONG = Rule(
    "retry-beyond-timeout",
    "A task's retries wait longer than the visibility timeout.",
    _too_long,
)
ENDLESS = Rule(
    "retries-unlimited",
    "A task is retried without end.",
    _endless,
)

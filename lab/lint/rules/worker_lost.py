"""Rules for the loss of a pool child: its message then (`celery.worker.request:Request.on_failure`)."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings, TaskSettings
from lab.lint.rule import Rule
from lab.lint.words import alike, line
from lab.watch.findings.finding import Finding


def _acknowledged(settings: AppSettings) -> Iterator[Finding]:
    def lost(task: TaskSettings) -> str | None:
        kept = task.reject_on_worker_lost or task.retry_on_worker_lost
        return "lost" if task.acks_late and not kept else None

    for tasks in alike(settings, lost).values():
        yield Finding(
            ACKNOWLEDGED.id,
            "warning",
            f"{line('acks_late', 'True', tasks, 'task_acks_late')}, without reject_on_worker_lost: a killed"
            " child's"
            " task is lost",
            "When a pool child is killed (out of memory, a signal), its message is acknowledged as failed:"
            " late"
            " acknowledgement saves it only if the whole worker dies",
            "task_reject_on_worker_lost = True, where a task may run twice and cannot kill its worker every"
            " time",
            "known",
        )


def _poison(settings: AppSettings) -> Iterator[Finding]:
    def endless(task: TaskSettings) -> str | None:
        if not task.acks_late:
            return None
        if task.reject_on_worker_lost and (not task.retry_on_worker_lost or task.max_retries is None):
            return "reject_on_worker_lost = True"
        if task.time_limit and not task.acks_on_timeout:
            return "acks_on_failure_or_timeout = False, with a time_limit"
        return None

    for what, tasks in alike(settings, endless).items():
        option, _, value = what.partition(" = ")
        killed = "kills its child" if option == "reject_on_worker_lost" else "reaches its hard time limit"
        yield Finding(
            POISON.id,
            "note",
            f"{line(option, value, tasks, f'task_{option}')}: nothing ends a poison message",
            f"A message whose run {killed} every time goes back into its queue every time, at once and"
            " without"
            " counting, and takes a worker's place for good",
            "task_retry_on_worker_lost (Celery 5.7) counts max_retries; before that, count deliveries by"
            " task id",
            "known",
        )


def _nothing(settings: AppSettings) -> Iterator[Finding]:
    def idle(task: TaskSettings) -> str | None:
        return "idle" if task.reject_on_worker_lost and not task.acks_late else None

    for tasks in alike(settings, idle).values():
        yield Finding(
            NOTHING.id,
            "warning",
            f"{line('reject_on_worker_lost', 'True', tasks, 'task_reject_on_worker_lost')}, without"
            " acks_late, does"
            " nothing",
            "The message is acknowledged before its run begins: a child that is killed takes it along, and"
            " there is"
            " nothing left to reject",
            "task_acks_late = True as well, if the task may run twice",
            "known",
        )


ACKNOWLEDGED = Rule(
    "lost-child-acked",
    "A task whose pool child is killed counts as failed, and is not run again.",
    _acknowledged,
)
POISON = Rule(
    "poison-without-end",
    "A message that kills its child every time comes back for ever.",
    _poison,
)
NOTHING = Rule(
    "reject-without-acks-late",
    "`reject_on_worker_lost` is set for tasks that are acknowledged early, where it does nothing.",
    _nothing,
)

"""For every rule a real Celery app that has what it finds, and one that nearly has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery

REFUSES = "redis://127.0.0.1:1/0"
"""A broker that nobody can connect to."""

Made = Callable[[], Celery]


def app_with(**settings: Any) -> Celery:
    """An app whose settings are said in one place, as `config_from_object` takes them; with a time limit, so
    that this is nobody's finding."""
    app = Celery("proj", set_as_current=False)
    app.config_from_object(
        {"broker_url": REFUSES, "task_time_limit": 600, "task_soft_time_limit": 500, **settings}
    )
    return app


def task_with(settings: dict[str, Any] | None = None, /, **options: Any) -> Celery:
    """An app with one task, `proj.send`, of these options."""
    app = app_with(**(settings or {}))

    add_task(app, "proj.send", **options)
    return app


def add_task(app: Celery, name: str, **options: Any) -> None:
    """One task of this app alone: a shared one would be one of every other app, too."""

    def run() -> None: ...

    app.task(run, name=name, shared=False, **options)


def beat_with(**options: Any) -> Celery:
    entry = {"task": "proj.send", "schedule": 60.0, "options": options}
    return task_with({"beat_schedule": {"nightly": entry}})


def namespaced(**settings: Any) -> Celery:
    """An app that reads its settings from names with the prefix CELERY_."""
    app = Celery("proj", broker=REFUSES, set_as_current=False)
    app.config_from_object({"CELERY_TASK_TIME_LIMIT": 600, **settings}, namespace="CELERY")
    return app


def updated(**settings: Any) -> Celery:
    """An app whose settings are given afterwards, as Flask projects do."""
    app = app_with()
    app.conf.update(**settings)
    return app


HALF_DAY = {"visibility_timeout": 43_200}
LATE = {"task_acks_late": True, "task_reject_on_worker_lost": True, "task_retry_on_worker_lost": True}

CASES: dict[str, list[tuple[Made, Made]]] = {
    "timeout-unread": [
        (lambda: app_with(visibility_timeout=43_200), lambda: app_with(broker_transport_options=HALF_DAY)),
        (
            lambda: app_with(result_backend_transport_options=HALF_DAY),
            lambda: app_with(result_backend_transport_options=HALF_DAY, broker_transport_options=HALF_DAY),
        ),
        (
            lambda: app_with(broker_transport_options={"visibilty_timeout": 43_200}),
            lambda: app_with(broker_transport_options={"max_retries": 3, **HALF_DAY}),
        ),
        (
            lambda: app_with(broker_transport_option=HALF_DAY),
            lambda: app_with(broker_transport_option={"max_retries": 3}),
        ),
        (
            lambda: updated(CELERY_BROKER_TRANSPORT_OPTIONS=HALF_DAY),
            lambda: namespaced(CELERY_BROKER_TRANSPORT_OPTIONS=HALF_DAY),
        ),
        (
            lambda: namespaced(CELERY_VISIBILITY_TIMEOUT=43_200),
            # What other projects make their transport options of.
            lambda: namespaced(CELERY_VISIBILITY_TIMEOUT=43_200, CELERY_BROKER_TRANSPORT_OPTIONS=HALF_DAY),
        ),
        (
            # Celery 5.7 reads it there, and older ones do not.
            lambda: namespaced(BROKER_TRANSPORT_OPTIONS=HALF_DAY),
            lambda: namespaced(BROKER_TRANSPORT_OPTIONS={"max_retries": 3}),
        ),
        (
            lambda: app_with(
                result_backend_transport_options=HALF_DAY,
                broker_transport_options={"visibility_timeout": 7_200},
            ),
            lambda: app_with(result_backend_transport_options={"retry_policy": {"timeout": 5.0}}),
        ),
    ],
    "timeout-unusable": [
        (
            lambda: app_with(broker_transport_options={"visibility_timeout": "43200"}),
            lambda: app_with(broker_transport_options={"visibility_timeout": 43_200.5}),
        ),
        (
            lambda: app_with(broker_transport_options={"visibility_timeout": 0}),
            lambda: app_with(broker_transport_options={"visibility_timeout": 1}),
        ),
        (
            lambda: app_with(broker_url=f"{REFUSES}?visibility_timeout=43200"),
            lambda: app_with(broker_url=f"{REFUSES}?socket_timeout=5"),
        ),
    ],
    "retry-beyond-timeout": [
        (lambda: task_with(default_retry_delay=3_600), lambda: task_with(default_retry_delay=3_599)),
        (
            lambda: task_with(default_retry_delay=7_200),
            lambda: task_with({"broker_transport_options": HALF_DAY}, default_retry_delay=7_200),
        ),
        (
            lambda: task_with(autoretry_for=(OSError,), retry_kwargs={"countdown": 7_200}),
            # Backoff goes before it (`celery.app.autoretry`).
            lambda: task_with(autoretry_for=(OSError,), retry_backoff=2, retry_kwargs={"countdown": 7_200}),
        ),
        (
            lambda: task_with(
                autoretry_for=(OSError,), retry_backoff=60, retry_backoff_max=7_200, max_retries=8
            ),
            # Its two retries come after 60 s and 120 s.
            lambda: task_with(
                autoretry_for=(OSError,), retry_backoff=60, retry_backoff_max=7_200, max_retries=2
            ),
        ),
        (
            lambda: task_with(
                autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=90_000, max_retries=13
            ),
            lambda: task_with(
                autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=90_000, max_retries=12
            ),
        ),
        (
            lambda: task_with(default_retry_delay=7_200, max_retries=1),
            lambda: task_with(default_retry_delay=7_200, max_retries=0),
        ),
    ],
    "beat-eta-beyond-timeout": [
        (lambda: beat_with(countdown=7_200), lambda: beat_with(countdown=3_500, expires=7_200)),
        (lambda: beat_with(eta="2030-01-01T00:00:00Z"), lambda: beat_with(queue="slow")),
    ],
    "run-beyond-timeout": [
        (lambda: app_with(**LATE, task_time_limit=7_200), lambda: app_with(task_time_limit=7_200)),
        (
            lambda: task_with(LATE, time_limit=3_600),
            lambda: task_with(LATE, time_limit=3_599),
        ),
        (
            lambda: app_with(**LATE, task_time_limit=None, task_soft_time_limit=7_200),
            # The hard limit ends it in time.
            lambda: app_with(**LATE, task_time_limit=3_000, task_soft_time_limit=2_500),
        ),
    ],
    "soft-limit-beyond-hard": [
        (
            lambda: task_with(time_limit=120, soft_time_limit=150),
            lambda: task_with(time_limit=150, soft_time_limit=120),
        ),
    ],
    "prefetch-beyond-timeout": [
        (
            lambda: app_with(task_time_limit=1_200, worker_prefetch_multiplier=4),
            lambda: app_with(task_time_limit=1_200, worker_prefetch_multiplier=2),
        ),
        (
            lambda: app_with(task_time_limit=7_200, worker_prefetch_multiplier=1),
            lambda: app_with(task_time_limit=7_200, worker_disable_prefetch=True),
        ),
    ],
    "prefetch-unlimited": [
        (
            lambda: app_with(worker_prefetch_multiplier=0),
            lambda: app_with(worker_prefetch_multiplier=1),
        ),
    ],
    "rate-limit-beyond-timeout": [
        (lambda: task_with(rate_limit="10/h"), lambda: task_with(rate_limit="10/m")),
        (
            lambda: task_with({"worker_concurrency": 100}, rate_limit="6/m"),
            lambda: task_with({"worker_concurrency": 90}, rate_limit="6/m"),
        ),
        (
            lambda: app_with(task_default_rate_limit="1/h"),
            lambda: app_with(task_default_rate_limit="1/h", worker_disable_rate_limits=True),
        ),
    ],
    "retries-unlimited": [
        (lambda: task_with(max_retries=None), lambda: task_with(max_retries=50)),
        (
            lambda: task_with(autoretry_for=(OSError,), max_retries=None),
            lambda: task_with(autoretry_for=(OSError,), max_retries=None, retry_kwargs={"max_retries": 5}),
        ),
    ],
    "lost-child-acked": [
        (
            lambda: app_with(task_acks_late=True),
            lambda: app_with(task_acks_late=True, task_reject_on_worker_lost=True),
        ),
        (lambda: task_with(acks_late=True), lambda: task_with()),
    ],
    "reject-without-acks-late": [
        (
            lambda: app_with(task_reject_on_worker_lost=True),
            lambda: app_with(task_reject_on_worker_lost=True, task_acks_late=True),
        ),
    ],
    "poison-without-end": [
        (
            lambda: app_with(task_reject_on_worker_lost=True, task_acks_late=True),
            lambda: app_with(task_acks_late=True),
        ),
        (
            lambda: app_with(task_acks_late=True, task_acks_on_failure_or_timeout=False),
            lambda: app_with(
                task_acks_late=True,
                task_acks_on_failure_or_timeout=False,
                task_time_limit=None,
                task_soft_time_limit=60,
            ),
        ),
    ],
    "no-time-limit": [
        (
            lambda: app_with(task_time_limit=None, task_soft_time_limit=None),
            lambda: app_with(task_time_limit=None, task_soft_time_limit=60),
        ),
        (
            lambda: app_with(task_time_limit=None, task_soft_time_limit=None, task_acks_late=True),
            # Whatever the app says: its only task has a limit of its own.
            lambda: task_with(
                {"task_time_limit": None, "task_soft_time_limit": None, "task_acks_late": True}, time_limit=60
            ),
        ),
    ],
    "result-expires-early": [
        (
            lambda: app_with(result_backend=REFUSES, result_expires=1_800),
            lambda: app_with(result_backend=REFUSES, result_expires=7_200),
        ),
        (
            lambda: app_with(
                result_backend=REFUSES, result_expires=1_800, worker_deduplicate_successful_tasks=True
            ),
            lambda: app_with(result_expires=1_800),
        ),
    ],
    "setting-unread": [
        (lambda: updated(CELERY_TASK_ACKS_LATE=True), lambda: namespaced(CELERY_TASK_ACKS_LATE=True)),
        (
            lambda: namespaced(RESULT_EXPIRES=60),
            lambda: namespaced(RESULT_EXPIRES=60, CELERY_RESULT_EXPIRES=3_600),
        ),
        (
            lambda: app_with(worker_prefetch_multiplyer=1),
            lambda: app_with(worker_prefetch_multiplier=1, my_prefetch=4),
        ),
    ],
}
"""By id: what the rule finds, and beside it what it does not."""

"""Settings as public projects publish them, retyped: what counts for lint, and no more.

Each names its project and its file. Where a setting comes from the environment, the project's own default
stands here; hosts are ours, and refuse.
"""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from tests.lab.lint.cases import REFUSES, add_task


def app_of(settings: dict[str, object], namespace: str | None = None) -> Celery:
    app = Celery("published", set_as_current=False)
    app.config_from_object(settings, namespace=namespace)
    return app


def airflow() -> Celery:
    """apache/airflow, `airflow/config_templates/default_celery.py`, on Redis."""
    return app_of(
        {
            "broker_url": REFUSES,
            "broker_transport_options": {"visibility_timeout": 6 * 3600},
            "result_backend": "db+postgresql://localhost/airflow",
            "task_acks_late": True,
            "worker_prefetch_multiplier": 1,
            "worker_concurrency": 16,
        }
    )


def superset() -> Celery:
    """apache/superset, `superset/config.py` and the example of its documentation, on Redis; with the tasks
    that its annotations name."""
    app = app_of(
        {
            "broker_url": REFUSES,
            "result_backend": REFUSES,
            "task_acks_late": True,
            "worker_prefetch_multiplier": 10,
            "task_annotations": {
                "sql_lab.get_sql_results": {"rate_limit": "100/s"},
                "email_reports.send": {"rate_limit": "1/s", "time_limit": 120, "soft_time_limit": 150},
            },
        }
    )
    add_task(app, "sql_lab.get_sql_results")
    add_task(app, "email_reports.send")
    return app


def posthog() -> Celery:
    """PostHog/posthog, `posthog/settings/celery.py`."""
    return app_of(
        {
            "CELERY_BROKER_URL": REFUSES,
            "CELERY_RESULT_BACKEND": REFUSES,
            "CELERY_RESULT_EXPIRES": 4 * 86_400,
            "CELERY_IGNORE_RESULT": True,
        },
        "CELERY",
    )


def authentik() -> Celery:
    """goauthentik/authentik, `authentik/root/settings.py` of 2021."""
    return app_of(
        {
            "CELERY_BROKER_URL": REFUSES,
            "CELERY_RESULT_BACKEND": REFUSES,
            "CELERY_TASK_SOFT_TIME_LIMIT": 600,
            "CELERY_TASK_DEFAULT_QUEUE": "authentik",
            "CELERY_BEAT_SCHEDULE": {
                "clean": {"task": "authentik.clean", "schedule": 300.0, "options": {"queue": "scheduled"}}
            },
        },
        "CELERY",
    )


def paperless() -> Celery:
    """paperless-ngx/paperless-ngx, `src/paperless/settings.py`."""
    return app_of(
        {
            "CELERY_BROKER_URL": REFUSES,
            "CELERY_BROKER_TRANSPORT_OPTIONS": {"global_keyprefix": ""},
            "CELERY_WORKER_CONCURRENCY": 1,
            "CELERY_WORKER_MAX_TASKS_PER_CHILD": 1,
            "CELERY_TASK_TIME_LIMIT": 1_800,
        },
        "CELERY",
    )


def courtlistener() -> Celery:
    """freelawproject/courtlistener, `cl/settings/third_party/celery.py`, production."""
    return app_of(
        {
            "CELERY_BROKER_URL": REFUSES,
            "CELERY_RESULT_BACKEND": REFUSES,
            "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 6 * 3600},
            "CELERY_RESULT_EXPIRES": 3600,
            "CELERY_WORKER_CONCURRENCY": 20,
            "CELERY_WORKER_DISABLE_RATE_LIMITS": True,
        },
        "CELERY",
    )


def dify() -> Celery:
    """langgenius/dify, `api/extensions/ext_celery.py`, without Sentinel."""
    app = Celery("published", broker=REFUSES, backend=REFUSES, set_as_current=False)
    app.conf.update(
        broker_transport_options={}, broker_connection_retry_on_startup=True, task_ignore_result=True
    )
    return app


def onyx() -> Celery:
    """onyx-dot-app/onyx, `backend/onyx/background/celery/configs/base.py`."""
    return app_of(
        {
            "broker_url": REFUSES,
            "broker_transport_options": {
                "priority_steps": [0, 1, 2, 3, 4],
                "sep": ":",
                "retry_on_timeout": True,
            },
            "result_backend": REFUSES,
            "result_expires": 86_400,
            "task_acks_late": True,
        }
    )


def warehouse() -> Celery:
    """pypi/warehouse, `warehouse/tasks.py`, on SQS."""
    app = Celery("published", set_as_current=False)
    app.conf.update(
        broker_url="sqs://",
        broker_transport_options={"region": "us-east-2"},
        worker_disable_rate_limits=True,
        task_default_queue="default",
    )
    return app


def edx() -> Celery:
    """openedx/edx-platform, `lms/envs/common.py` and `production.py`, on RabbitMQ."""
    return app_of(
        {
            "CELERY_BROKER_URL": "amqp://celery@localhost//",
            "CELERY_RESULT_BACKEND": "django-cache",
            "CELERY_IGNORE_RESULT": False,
            "CELERY_DEFAULT_QUEUE": "edx.core.default",
        },
        "CELERY",
    )


def prowler() -> Celery:
    """prowler-cloud/prowler, `api/src/backend/config/celery.py`."""
    app = app_of({"CELERY_BROKER_URL": REFUSES, "CELERY_RESULT_BACKEND": "django-db"}, "CELERY")
    app.conf.update(
        broker_transport_options={"visibility_timeout": 86_400},
        result_backend_transport_options={"visibility_timeout": 86_400},
        visibility_timeout=86_400,
        result_extended=True,
        result_expires=None,
    )
    return app


def recast() -> Celery:
    """recast-hep/recast-celery, `recastcelery/fromenvconfig.py`, with RECAST_CELERY_VISIBILITY_TIMEOUT set:
    what the environment says is a text."""
    return app_of(
        {
            "broker_url": REFUSES,
            "result_backend": "redis",
            "task_acks_late": True,
            "worker_prefetch_multiplier": 1,
            "result_expires": None,
            "broker_transport_options": {"visibility_timeout": "86400"},
        }
    )


PUBLISHED: dict[str, tuple[Callable[[], Celery], frozenset[str]]] = {
    "Airflow": (airflow, frozenset({"lost-child-acked", "no-time-limit"})),
    "Superset": (superset, frozenset({"lost-child-acked", "no-time-limit", "soft-limit-beyond-hard"})),
    "PostHog": (posthog, frozenset({"no-time-limit"})),
    "authentik": (authentik, frozenset()),
    "Paperless-ngx": (paperless, frozenset({"prefetch-beyond-timeout"})),
    "CourtListener": (courtlistener, frozenset({"no-time-limit", "result-expires-early"})),
    "Dify": (dify, frozenset({"no-time-limit"})),
    "Onyx": (onyx, frozenset({"lost-child-acked", "no-time-limit"})),
    "Prowler": (prowler, frozenset({"no-time-limit"})),
    "RECAST": (recast, frozenset({"lost-child-acked", "no-time-limit", "timeout-unusable"})),
    "PyPI Warehouse": (warehouse, frozenset({"no-time-limit"})),
    "Open edX": (edx, frozenset({"no-time-limit"})),
}
"""By project: its settings, and the findings that they raise. docs/lint.md says whether these are right."""

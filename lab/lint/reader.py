"""The reader: a real Celery app in, its settings as plain values out. It reads, and connects to nothing.

What an app's settings are is asked of the app itself, so that names old and new, a namespace, the environment
and annotations count as the installed Celery has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lab.lint.app_settings import AppSettings, BeatEntry, TaskSettings
from lab.lint.names import misnamed, written_in_vain
from lab.watch import sweep_options

BUILTIN = "celery."
"""What the names of Celery's own tasks begin with; `celery.chord_unlock` retries for ever, and is to."""

LONGEST_WRITTEN = 60
"""Characters of a value that are shown."""


class ReadingError(RuntimeError):
    """The settings cannot be read; the text is one line for the user."""


def read_app(app: Any) -> AppSettings:
    """The settings of a Celery app whose tasks are loaded. Raises `ReadingError`."""
    import celery
    import kombu

    try:
        return _read(app, celery.__version__, kombu.VERSION[:2])
    except Exception as error:
        # Settings are loaded when they are first read, by the user's own code, which may raise anything; and
        # what stands under the name may be no Celery app at all.
        why = " ".join(str(error).split())
        raise ReadingError(f"{type(error).__name__}: {why}") from None


def _read(app: Any, version: str, kombu: tuple[int, int]) -> AppSettings:
    conf = app.conf
    options = conf.broker_transport_options or {}
    scheme, query = _broker(conf)
    tasks = [task for name, task in sorted(app.tasks.items()) if not name.startswith(BUILTIN)]
    is_set = "visibility_timeout" in options
    timeout = options["visibility_timeout"] if is_set else sweep_options.DEFAULT_TIMEOUT
    return AppSettings(
        name=str(app.main or "?"),
        celery=version,
        transport=scheme,
        timeout=_timeout(timeout),
        timeout_written=_shown(timeout) if is_set else "",
        timeout_in_url="visibility_timeout" in query,
        ack_emulation=bool(options.get("ack_emulation", True)),
        period=(sweep_options.interval(options, kombu) or sweep_options.DEFAULT_INTERVAL)
        * (sweep_options.throttle(options, kombu) or sweep_options.DEFAULT_THROTTLE),
        written=tuple(written_in_vain(conf, options)),
        misnamed=tuple(misnamed(conf)),
        defaults=_defaults(app),
        tasks=tuple(_task(task) for task in tasks),
        beat=tuple(_beat(conf.beat_schedule or {})),
        beat_scheduler=str(conf.beat_scheduler),
        prefetch_multiplier=int(conf.worker_prefetch_multiplier or 0),
        prefetch_disabled=bool(conf.get("worker_disable_prefetch", False)),
        concurrency=int(conf.worker_concurrency) if conf.worker_concurrency else None,
        rate_limits_disabled=bool(conf.worker_disable_rate_limits),
        result_backend=_scheme(str(conf.result_backend or "")),
        result_expires=number(conf.result_expires),
        deduplicates=bool(conf.get("worker_deduplicate_successful_tasks", False)),
    )


def _broker(conf: Any) -> tuple[str, Mapping[str, Any]]:
    """Scheme and query of the broker that workers read from; both empty where none is named."""
    url = conf.broker_read_url or conf.broker_url or conf.get("broker_transport") or ""
    if isinstance(url, (list, tuple)):
        url = url[0] if url else ""
    first = str(url).split(";")[0]
    return _scheme(first), parse_qs(urlsplit(first).query)


def _scheme(url: str) -> str:
    """`redis` of `redis+socket://…`, and of `kombu.transport.redis:Transport`, too."""
    scheme = url.partition("://")[0].partition("+")[0]
    return scheme.removeprefix("kombu.transport.").partition(":")[0].lower()


def _timeout(value: Any) -> float:
    """As kombu takes it: a number; a text is none, even if it reads like one. 0 where it is none."""
    if isinstance(value, (int, float)) and math.isfinite(value) and value > 0:
        return float(value)
    return 0.0


def number(value: Any) -> float | None:
    """Seconds of what a setting says, as a number, a text of one or a timedelta; None where it is none."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_WRITTEN else text[:LONGEST_WRITTEN] + "…"


def _defaults(app: Any) -> TaskSettings:
    conf = app.conf
    on_timeout = conf.get("task_acks_on_timeout")
    either = conf.get("task_acks_on_failure_or_timeout")
    return TaskSettings(
        time_limit=number(conf.task_time_limit),
        soft_time_limit=number(conf.task_soft_time_limit),
        acks_late=bool(conf.task_acks_late),
        acks_on_timeout=next((bool(each) for each in (on_timeout, either) if each is not None), True),
        reject_on_worker_lost=bool(conf.task_reject_on_worker_lost),
        retry_on_worker_lost=bool(conf.get("task_retry_on_worker_lost", False)),
        rate_limit=str(conf.task_default_rate_limit or ""),
        rate=_rate(conf.task_default_rate_limit, "task_default_rate_limit"),
        default_retry_delay=number(app.Task.default_retry_delay) or 0.0,
        max_retries=app.Task.max_retries,
    )


def _task(task: Any) -> TaskSettings:
    """What a bound task has: its options, those of annotations, and for the rest the app's. Before Celery
    5.7 a task does not know the app's limits, which the pool then goes by."""
    conf = task.app.conf
    again = getattr(task, "retry_kwargs", None) or {}
    retries = again.get("max_retries", task.max_retries)
    on_timeout = getattr(task, "acks_on_timeout", None)
    if on_timeout is None:
        on_timeout = task.acks_on_failure_or_timeout
    return TaskSettings(
        name=str(task.name),
        time_limit=number(task.time_limit) or number(conf.task_time_limit),
        soft_time_limit=number(task.soft_time_limit) or number(conf.task_soft_time_limit),
        acks_late=bool(task.acks_late),
        acks_on_timeout=on_timeout is None or bool(on_timeout),
        reject_on_worker_lost=bool(task.reject_on_worker_lost),
        retry_on_worker_lost=bool(getattr(task, "retry_on_worker_lost", False)),
        rate_limit=str(task.rate_limit or ""),
        rate=_rate(task.rate_limit, f"{task.name}: rate_limit"),
        default_retry_delay=number(task.default_retry_delay) or 0.0,
        # `retry(max_retries=None)` goes by the task's own (`celery.app.task:Task.retry`).
        max_retries=task.max_retries if retries is None else int(retries),
        autoretry=bool(getattr(task, "autoretry_for", ())),
        retry_countdown=number(again.get("countdown")),
        retry_backoff=number(getattr(task, "retry_backoff", False)) or 0.0,
        retry_backoff_max=number(getattr(task, "retry_backoff_max", 600)) or 0.0,
    )


def _rate(limit: Any, whose: str) -> float:
    """Runs a second, as a worker takes it, which does not start with one that is none."""
    from celery.utils.time import rate

    try:
        return float(rate(limit))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{whose} = {limit!r} is no rate such as 10/m") from None


def _beat(schedule: Mapping[str, Any]) -> Iterator[BeatEntry]:
    """Entries as dicts, or as `celery.beat:ScheduleEntry`."""
    for name, entry in schedule.items():
        given = entry.get("options") if isinstance(entry, Mapping) else getattr(entry, "options", None)
        options = given or {}
        eta = options.get("eta")
        yield BeatEntry(str(name), number(options.get("countdown")), "" if eta is None else str(eta))

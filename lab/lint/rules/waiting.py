"""Rules for what a worker takes before it can run it: what it prefetches, and what a rate limit holds."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from lab.lint.app_settings import AppSettings
from lab.lint.rule import Rule
from lab.lint.rules.limits import longest_run
from lab.lint.words import alike, hidden, line, seconds
from lab.watch.findings.finding import Finding
from lab.watch.findings.timeout_advice import roomy_timeout, smallest_timeout

POOL = 8
"""Processes of a pool that one must reckon with where `worker_concurrency` is not set: Celery then takes the
cores of the machine that the worker runs on, which is not this one."""


def _behind(settings: AppSettings) -> Iterator[Finding]:
    """A worker takes `worker_prefetch_multiplier` messages for each process of its pool, and each stands in
    `unacked` from then on (`celery.worker.consumer.consumer:Consumer.initial_prefetch_count`)."""
    if not settings.hides or settings.prefetch_disabled:
        return
    multiplier = settings.prefetch_multiplier
    for limit, tasks in alike(settings, longest_run).items():
        wait = multiplier * limit
        if settings.timeout >= smallest_timeout(wait):
            continue
        if settings.timeout < smallest_timeout(limit) and all(task.acks_late for task in tasks):
            # That one run alone is beyond the timeout is another rule's.
            continue
        yield Finding(
            BEHIND.id,
            "warning",
            f"worker_prefetch_multiplier = {multiplier}, with"
            f" {line('time_limit', seconds(limit), tasks, 'task_time_limit')}: what waits behind long runs"
            " waits"
            " beyond the visibility timeout",
            f"The last of {multiplier} messages that a process has in hand may wait {seconds(wait)}, and"
            " meets"
            f" {hidden(settings)}: it is handed out again, and runs twice. That runs reach their limit one"
            " after"
            " another is assumed",
            "worker_prefetch_multiplier = 1 (or worker_disable_prefetch) where runs are long, or a timeout of"
            f" {roomy_timeout(wait):,} s",
            "assumed",
        )


def _all_of_it(settings: AppSettings) -> Iterator[Finding]:
    if not settings.hides or settings.prefetch_multiplier != 0 or settings.prefetch_disabled:
        return
    yield Finding(
        ALL.id,
        "warning",
        "worker_prefetch_multiplier = 0: a worker takes the whole queue",
        "Zero is no limit: the first worker holds every message there is, and those that it does not come"
        " to within"
        " the visibility timeout are handed out again and run twice",
        "worker_prefetch_multiplier = 1, or worker_disable_prefetch where none is to be held",
        "known",
    )


def _rate(settings: AppSettings) -> Iterator[Finding]:
    """A message over its rate is kept in the worker's own bucket, in `unacked` meanwhile; at most as many as
    the worker prefetches (`celery.worker.consumer.consumer:Consumer._limit_task`)."""
    if not settings.hides or settings.rate_limits_disabled:
        return
    for what, tasks in alike(settings, lambda task: task.rate_limit if task.rate > 0 else None).items():
        pause = 1 / tasks[0].rate
        processes = settings.concurrency or POOL
        held = settings.prefetch_multiplier * processes
        # The first of those that are held runs at once.
        too_many = ceil(settings.timeout / pause) + 1
        if settings.prefetch_multiplier and held < too_many:
            continue
        known = settings.concurrency is not None or not settings.prefetch_multiplier
        many = f"{held:,} messages ({settings.prefetch_multiplier} × {processes} processes)"
        doubt = "" if known else f". That the pool has {POOL} processes is assumed"
        yield Finding(
            RATE.id,
            "warning",
            f"{line('rate_limit', repr(what), tasks, 'task_default_rate_limit')} holds messages beyond the"
            " visibility"
            " timeout",
            f"One runs every {seconds(pause)} and a worker takes"
            f" {many if settings.prefetch_multiplier else 'the whole queue'}: from {too_many:,} on they"
            " wait beyond"
            f" {hidden(settings)}, and are handed out again and run twice{doubt}",
            "Limit the rate where messages are sent, or a queue of its own with worker_prefetch_multiplier"
            " = 1",
            "known" if known else "assumed",
        )


BEHIND = Rule(
    "prefetch-beyond-timeout",
    "Prefetched messages may wait behind long runs beyond the visibility timeout.",
    _behind,
)
ALL = Rule(
    "prefetch-unlimited",
    "A worker takes the whole queue at once.",
    _all_of_it,
)
RATE = Rule(
    "rate-limit-beyond-timeout",
    "A rate limit holds messages in a worker beyond the visibility timeout.",
    _rate,
)

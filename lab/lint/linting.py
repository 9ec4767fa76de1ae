"""Settings in, findings out, and what settings cannot tell. It opens nothing and reads no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lab.lint.app_settings import AppSettings
from lab.lint.rules.index import RULES
from lab.watch.findings.finding import Finding, worst_first

FILE_SCHEDULER = "celery.beat:PersistentScheduler"
"""The one that sends what `beat_schedule` says, and nothing else."""


def lint(settings: AppSettings, ignored: Collection[str] = ()) -> tuple[Finding, ...]:
    """What the rules find, worst first, without those of `ignored` ids."""
    found = [finding for rule in RULES.values() if rule.id not in ignored for finding in rule.look(settings)]
    return worst_first(found)


def unknown(settings: AppSettings) -> tuple[str, ...]:
    """What no setting tells, so that nothing was found there: one sentence each."""
    return tuple(_unknown(settings))


def _unknown(settings: AppSettings) -> Iterator[str]:
    if not settings.transport:
        yield "No broker is named here; the settings were looked at as if it were Redis"
    elif not settings.ack_emulation:
        yield (
            "broker_transport_options['ack_emulation'] is off: nothing has a visibility timeout, nothing is"
            " put"
            " back, and what a worker held is lost with it"
        )
    elif not settings.redelivers:
        yield (
            f"The broker is {settings.transport}://, which has no visibility timeout of kombu's: only what"
            " does not"
            " depend on one was looked at"
        )
    if not settings.tasks:
        yield "The app has no task of its own here; what tasks say for themselves was not looked at"
    yield "ETAs and countdowns that code gives to apply_async() and retry(), and how long runs really last"
    yield (
        "What workers are started with (-c, -P, --time-limit, --prefetch-multiplier), and that all load"
        " this app"
    )
    if settings.redelivers:
        yield "Other apps, probes and dashboards on the same db: the smallest visibility timeout of all wins"
    if settings.beat_scheduler != FILE_SCHEDULER:
        yield f"What {settings.beat_scheduler} sends besides beat_schedule"

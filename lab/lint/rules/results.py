"""A rule for results: they are to outlast whatever may still ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings
from lab.lint.rule import Rule
from lab.lint.words import hidden, seconds
from lab.watch.findings.finding import Finding


def _look(settings: AppSettings) -> Iterator[Finding]:
    """A redelivered message is skipped only while its success is stored (`celery.app.trace:build_tracer`);
    the parts of a chord are counted in a key that expires with the results (`celery.backends.redis`)."""
    expires = settings.result_expires
    if not settings.hides or not settings.result_backend or not expires or expires > settings.timeout:
        return
    if settings.deduplicates:
        what = "worker_deduplicate_successful_tasks then finds no success, and the task runs again"
    else:
        what = "A part of a chord that comes back so late may find its count gone, and the chord never ends"
    yield Finding(
        EARLY.id,
        "warning" if settings.deduplicates else "note",
        f"result_expires = {seconds(expires)} is over before a message can be put back",
        f"A message comes back after {hidden(settings)} at the earliest. {what}",
        f"result_expires well above {seconds(settings.timeout)}",
        "known",
    )


EARLY = Rule(
    "result-expires-early",
    "Results expire before a message can be put back.",
    _look,
)

"""A rule for the beat schedule: what it sends is not to wait beyond the visibility timeout."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings
from lab.lint.rule import Rule
from lab.lint.words import again_and_again, hidden, seconds
from lab.watch.findings.finding import Finding
from lab.watch.findings.timeout_advice import roomy_timeout, smallest_timeout


def _look(settings: AppSettings) -> Iterator[Finding]:
    """An entry's `options` are those of `apply_async` (`celery.beat:Scheduler.apply_async`)."""
    if not settings.hides:
        return
    for entry in settings.beat:
        wait = entry.countdown
        if wait is not None and settings.timeout < smallest_timeout(wait):
            yield Finding(
                BEAT.id,
                "critical",
                f"beat_schedule['{entry.name}']: options['countdown'] = {seconds(wait)} is beyond the"
                " visibility"
                " timeout",
                f"Each message that beat sends meets {hidden(settings)}. {again_and_again(wait, settings)}",
                f"The wait in its schedule, or a timeout of {roomy_timeout(wait):,} s on every app of this"
                " db",
                "known",
            )
        if entry.eta:
            yield Finding(
                BEAT.id,
                "warning",
                f"beat_schedule['{entry.name}']: options['eta'] = {entry.eta} is one moment for all that is"
                " sent",
                f"Until then every message of this entry is held, against {hidden(settings)}, and after it"
                " they run"
                " at once. How long the first waits is assumed to be beyond the timeout",
                "A countdown below the timeout, or the moment in its schedule",
                "assumed",
            )


BEAT = Rule(
    "beat-eta-beyond-timeout",
    "The beat schedule sends messages that wait longer than the visibility timeout.",
    _look,
)

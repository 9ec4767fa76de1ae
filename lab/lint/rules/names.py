"""A rule for names: a setting is to stand under one that Celery reads."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings
from lab.lint.rule import Rule
from lab.watch.findings.finding import Finding


def _look(settings: AppSettings) -> Iterator[Finding]:
    for each in settings.misnamed:
        yield Finding(
            NAME.id,
            "warning",
            f"{each.name} = {each.written} is not read as {each.meant}",
            f"In force is {each.meant} = {each.in_force}. That {each.meant} is meant is assumed from the"
            " name",
            f"Name it as this app reads it: {each.meant}, with the prefix of its namespace if it has one",
            "assumed",
        )


NAME = Rule(
    "setting-unread",
    "A setting that other rules go by stands under a name that Celery does not read.",
    _look,
)

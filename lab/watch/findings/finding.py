"""A finding: something that is wrong, with what was seen of it and one line of advice. It is no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.watch.model.sweeping.settings import Ground

Severity = Literal["critical", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "note")
"""Worst first. Critical: tasks will run twice, or not at all. Warning: they may, once something else goes
wrong or takes long. Note: a choice whose price one should know."""


@dataclass(frozen=True)
class Finding:
    """What one rule found at one place. All texts may hold what came from outside: they pass the gate."""

    id: str
    """Of the rule, as `--ignore` takes it and as its page is headed."""
    severity: Severity
    title: str
    """The setting as Celery names it, or who is meant, and what is wrong with it: one line."""
    evidence: str
    """What was seen, in numbers, and what it will do and when."""
    advice: str
    """What to do about it: one line."""
    rests_on: Ground
    """Whether what it takes for granted was said (`known`) or only assumed; the evidence says what."""

    def as_dict(self) -> dict[str, str]:
        return {
            "id": self.id,
            "severity": self.severity,
            "title": self.title,
            "evidence": self.evidence,
            "advice": self.advice,
            "rests_on": self.rests_on,
        }


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """In the order in which they are shown: by severity, then by rule, as they were found."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def at_least(severity: Severity, limit: Severity) -> bool:
    """Whether the one is as bad as the other, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(limit)

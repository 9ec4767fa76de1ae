"""A rule: what it is called, what it says in one sentence, and how it looks. Its page goes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.lint.app_settings import AppSettings
from lab.watch.findings.finding import Finding


@dataclass(frozen=True)
class Rule:
    id: str
    """Of its findings, too."""
    meaning: str
    """What is wrong where it finds something: one sentence, which docs/lint.md has word for word."""
    look: Callable[[AppSettings], Iterator[Finding]]

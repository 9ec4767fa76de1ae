"""All rules, in the order of docs/lint.md."""

from __future__ import annotations

from lab.lint.rule import Rule
from lab.lint.rules import beat, limits, names, results, retries, timeout, waiting, worker_lost

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        timeout.UNREAD,
        timeout.UNUSABLE,
        retries.TOO_LONG,
        beat.BEAT,
        limits.BEYOND,
        limits.INVERTED,
        waiting.BEHIND,
        waiting.ALL,
        waiting.RATE,
        retries.ENDLESS,
        worker_lost.ACKNOWLEDGED,
        worker_lost.NOTHING,
        worker_lost.POISON,
        limits.NONE,
        results.EARLY,
        names.NAME,
    )
}

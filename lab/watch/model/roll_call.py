"""The roll call: which worker processes miss their heartbeats, and which share a name. It concludes nothing
of messages: a silent process may go on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lab.watch.model.ledger import Ledger
from lab.watch.model.life import FELL_SILENT, Life

MISSED = 3
"""Heartbeats that a process has to miss until it is called silent."""

OFTEN, SELDOM = 1.0, 60.0
"""Seconds between two heartbeats, at least and at most, that are believed."""


def silent(ledger: Ledger, now: float) -> Iterator[Life]:
    """The processes that sent heartbeats, are not known to have ended, and missed three of them while events
    were listened to: stopped, killed, or cut off from the broker. Linear in the processes that are known."""
    events = ledger.health.get("events")
    if events is None or not events.up:
        return
    for life in ledger.lives:
        if not life.beats or now - max(life.seen, events.since) <= _patience(life):
            continue
        ending = ledger.lives.ending(life.worker, life.pid)
        if ending is None or ending.why == FELL_SILENT:
            yield life


def namesakes(ledger: Ledger, now: float) -> dict[str, list[int]]:
    """Names under which several processes are heard at the same time, each with their pids. Celery takes them
    for one worker: control requests and what is said of one are the other's as well."""
    heard: dict[str, list[Life]] = {}
    for life in ledger.lives:
        if life.beats and now - life.seen <= _patience(life):
            heard.setdefault(life.worker, []).append(life)
    return {
        worker: sorted(life.pid for life in lives)
        for worker, lives in heard.items()
        if len(lives) > 1 and _at_once(lives)
    }


def _patience(life: Life) -> float:
    return MISSED * min(max(life.every, OFTEN), SELDOM)


def _at_once(lives: list[Life]) -> bool:
    """Whether any of them was still heard after the next one had come: one that is started anew is not."""
    lives = sorted(lives, key=lambda life: life.first)
    return any(before.seen > after.first for before, after in pairwise(lives))

"""A row in a database, and a beat that sends it when it is due: the wait is not the broker's at all.

A small real one on SQLite, for a producer and workers of one machine; in earnest it is a table of the
application's own database, written in the same transaction as what the task is about.

What it does not do: it is not exactly-once. A dispatcher that dies between sending and noting that it sent
does so again after `LEASE` seconds; and from the moment it is sent the task is a message like any other.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from celery import shared_task

NAME = "lab.app.cures.row.dispatch"
FILE = "rows.sqlite"
LEASE = 30.0
"""Seconds after which a row that was claimed, but not noted as sent, may be claimed again."""
BATCH = 500

_TABLE = """CREATE TABLE IF NOT EXISTS rows
    (id TEXT PRIMARY KEY, task TEXT, args TEXT, due REAL, claimed REAL, sent REAL)"""


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as base:
        base.execute(_TABLE)
        yield base


def put(path: Path, task: str, args: Sequence[Any], due: float, *, task_id: str | None = None) -> str:
    """Note that `task` is to be sent at `due` (Unix seconds); the id it will have. Raises `sqlite3.Error`."""
    task_id = task_id or str(uuid.uuid4())
    with _open(path) as base:
        base.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, NULL, NULL)", (task_id, task, json.dumps(list(args)), due)
        )
    return task_id


def cancel(path: Path, task_id: str) -> bool:
    """Take a row back; False if it was claimed already, or is not known."""
    with _open(path) as base:
        cursor = base.execute("DELETE FROM rows WHERE id = ? AND claimed IS NULL", (task_id,))
        return cursor.rowcount > 0


def claim(path: Path, now: float) -> list[tuple[str, str, list[Any]]]:
    """Claim what is due, for this dispatcher alone: id, task and arguments of each row."""
    with _open(path) as base:
        base.execute("BEGIN IMMEDIATE")
        found = base.execute(
            "SELECT id, task, args FROM rows WHERE due <= ? AND sent IS NULL"
            " AND (claimed IS NULL OR claimed < ?) ORDER BY due LIMIT ?",
            (now, now - LEASE, BATCH),
        ).fetchall()
        base.executemany("UPDATE rows SET claimed = ? WHERE id = ?", [(now, row[0]) for row in found])
        base.execute("COMMIT")
    return [(task_id, task, json.loads(args)) for task_id, task, args in found]


def note_sent(path: Path, task_id: str, now: float) -> None:
    """Note that a claimed row was sent."""
    with _open(path) as base:
        base.execute("UPDATE rows SET sent = ? WHERE id = ?", (now, task_id))


def waiting(path: Path) -> list[str]:
    """The ids of the rows that were not sent yet."""
    if not path.exists():
        return []
    with _open(path) as base:
        return [row[0] for row in base.execute("SELECT id FROM rows WHERE sent IS NULL")]


@shared_task(bind=True, name=NAME, ignore_result=True)  # type: ignore[untyped-decorator, unused-ignore]
def dispatch(self: Any, path: str = FILE) -> None:
    """Send every row that is due; the beat calls this every second."""
    for task_id, task, args in claim(Path(path), time.time()):
        self.app.send_task(task, args=args, task_id=task_id)
        note_sent(Path(path), task_id, time.time())

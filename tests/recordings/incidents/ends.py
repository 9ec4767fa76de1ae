"""Incidents of ends: tasks that do not return, with an early acknowledgement and with a late one."""

from __future__ import annotations

from tests.recordings.incidents.ground import Ground
from tests.recordings.incidents.truth import Truth, Truths

SILENT = "rejected or failed or dropped or running"
"""How a run ended that was acknowledged before: before celery 5.7 no event tells of it."""


def ends(ground: Ground) -> Truths:
    ground.worker("a", "-c", "4")
    ground.send("ends", "rejects", "reject")
    ground.send("ends", "hands_back", "requeue")
    ground.send("ends_late", "ignores", "ignore")
    ground.send("ends_late", "raises", "raise")
    ground.send("ends_late", "retries", "retry")
    ground.send("ends_late", "replaces", "replace")
    ground.send("ends", "soft_limit", "overrun", soft_time_limit=1)
    ground.send("ends_late", "hard_limit", "overrun", time_limit=1)
    ground.until(lambda: ground.starts("replaces") == 2 and not ground.unacked() and not ground.queued())
    # Until a worker that has nothing to do has said so.
    ground.watch(6)
    return {
        "rejects": Truth("refused, after it was acknowledged", (SILENT,), becomes=(SILENT,)),
        "hands_back": Truth("handed back, after it was acknowledged: it went", (SILENT,), becomes=(SILENT,)),
        "ignores": Truth("it says that it is to be ignored", ("dropped",), becomes=("dropped",)),
        "raises": Truth("it raised", ("failed",), becomes=("failed",)),
        "retries": Truth(
            "it was tried again at once",
            ("retried", "succeeded"),
            ("first", "first"),
            becomes=("retried", "succeeded"),
            cause="first",
        ),
        "replaces": Truth(
            "it put another task in its place",
            ("replaced", "succeeded"),
            ("first", "first"),
            becomes=("replaced", "succeeded"),
            cause="first",
        ),
        "soft_limit": Truth("it did not heed its soft limit", ("failed",), becomes=("failed",)),
        "hard_limit": Truth("it was beyond its limit", ("timed out",), becomes=("timed out",)),
    }

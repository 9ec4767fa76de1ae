"""The outlook: which comes first for a message that is held, its run or its redelivery."""

from __future__ import annotations

from lab.watch.model.accounts.account import Attempt


def runs_before(attempt: Attempt, redelivery: float, now: float) -> bool:
    """Whether a copy that a worker holds runs before the redelivery, at its ETA, and so there will be none.

    `redelivery` is when it comes at the earliest; both times are Unix seconds. False once the ETA is past:
    the copy is then about to run, or runs, and the entry is acknowledged when its worker says so.
    """
    return bool(attempt.held) and attempt.eta is not None and now < attempt.eta <= redelivery

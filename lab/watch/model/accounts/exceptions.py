"""The names of exceptions that say how a run ended, as events have them."""

from __future__ import annotations

import re

CHILD_LOST = "WorkerLostError"
"""The pool child was killed, or died (`billiard.exceptions`); the worker then gives the message up, unless
`task_reject_on_worker_lost` hands it back, of which no `task-failed` tells."""

TIME_LIMIT = "TimeLimitExceeded"
"""The hard time limit killed the pool child (`billiard.exceptions`)."""

UNKNOWN_TASK = "NotRegistered"
"""The worker does not know the task, and throws the message away (`celery.exceptions`)."""

REJECT = "reject"
"""The task itself refused its message: so begins the `repr` of `Reject` (`celery.exceptions`)."""

_NAME = re.compile(r"\w*")


def name_of(exception: str) -> str:
    """The name of an exception, of which the text begins with it."""
    found = _NAME.match(exception)
    return found.group() if found else ""

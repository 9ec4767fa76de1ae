"""Re-scheduling hops: a task due far ahead waits as a chain of short waits. Stands alone: take it along.

    hops.send(app, "mine.task", ["an argument"], due=time.time() + 7200, longest=1800)

Each hop is a message that waits less than the visibility timeout and, when it runs, sends the next one; the
last one sends the task. `longest` has to be the visibility timeout less the longest that a message waits in
its queue or for a pool child. The workers need this module in `imports`.

What it does not do:
- It is not exactly-once. A worker that dies between taking a hop and sending the next one ends the chain, and
  the task is lost; with acks_late the chain may fork instead, and the task runs twice.
- Each hop has a task id of its own: revoking the task by its id works only in its last hop.
- A hop that waits in a long queue for more than the visibility timeout is redelivered, as any message.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence
from typing import Any

from celery import shared_task

NAME = "lab.app.cures.hops.hop"


def send(
    app: Any, task: str, args: Sequence[Any], *, due: float, longest: float, task_id: str | None = None
) -> str:
    """Send `task` so that it is due at `due` (Unix seconds) and no message waits longer than `longest`
    seconds; the id that the task itself will have. Raises what the app's `send_task` raises."""
    task_id = task_id or str(uuid.uuid4())
    left = due - time.time()
    if left <= longest:
        app.send_task(task, args=list(args), countdown=left if left > 0 else None, task_id=task_id)
    else:
        # Hops of one length: a last one of a few milliseconds would be a message for nothing.
        wait = left / math.ceil(left / longest)
        app.send_task(NAME, args=[task, list(args), due, longest, task_id], countdown=wait)
    return task_id


@shared_task(bind=True, name=NAME, ignore_result=True)  # type: ignore[untyped-decorator, unused-ignore]
def hop(self: Any, task: str, args: Sequence[Any], due: float, longest: float, task_id: str) -> None:
    """One hop: send the next, or the task."""
    send(self.app, task, args, due=due, longest=longest, task_id=task_id)

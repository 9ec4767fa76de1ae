"""The classes of what may go wrong in a history, or is out of the ordinary: each can be asked for."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One class. ETAs, waits, sweeps and early acknowledgement are always there."""

    LATE_ACKS = "late-acks"
    """Tasks with `acks_late`."""
    TIMEOUTS = "timeouts"
    """Workers with different visibility timeouts and periods on one db."""
    CRASH = "crash"
    """SIGKILL of a worker, at any time and between BRPOP and ZADD."""
    FROZEN = "frozen"
    """SIGSTOP of a worker, and SIGCONT."""
    WARM = "warm"
    """SIGTERM to a worker's main process."""
    COLD = "cold"
    """SIGQUIT, or SIGTERM to the whole process group."""
    CONNECTION = "connection"
    """A worker's connection is cut; with `worker_cancel_long_running_tasks_on_connection_loss` or without."""
    RETRY = "retry"
    REPLACE = "replace"
    """`self.replace()`: another task under the same id."""
    REUSED_ID = "reused-id"
    """`apply_async(task_id=…)` with an id that was there before."""
    REJECT = "reject"
    """`Reject`, with requeue and without."""
    IGNORE = "ignore"
    LOCK = "lock"
    """A lock on (task id, retries) that stops all copies but one."""
    LIMIT = "limit"
    """Hard time limits, with `task-failed` once (5.6) or twice (5.7)."""
    CHILD = "child"
    """A pool child is killed; with `task_reject_on_worker_lost` or without."""
    FAILING = "failing"
    """Tasks that raise, some with `task_acks_on_failure_or_timeout` off."""
    UNKNOWN_TASK = "unknown-task"
    REVOKE = "revoke"
    """Revoked by id, with terminate or without."""
    EXPIRE = "expire"
    SKEW = "skew"
    """Clocks of workers that are ahead or behind."""
    MUTEX = "mutex"
    """A mutex that a sweeper left behind."""
    RESTART = "restart"
    """The broker is away for a while, and keeps its memory."""
    WIPED = "wiped"
    """The broker comes back empty."""
    ROLLBACK = "rollback"
    """The broker comes back with an older snapshot."""
    FULL = "full"
    """BRPOP works while ZADD is refused."""
    FOREIGN_SWEEPER = "foreign-sweeper"
    """A client that sweeps with a timeout of its own: once, or with a period."""
    FOREIGN_COMMANDS = "foreign-commands"
    """Others use the commands of a sweep on the same server."""
    DEAF = "deaf"
    """The observer loses the events for a while, and says so."""
    BLIND = "blind"
    """The observer loses the keys for a while, and says so."""
    VANISHED = "vanished"
    """Events are lost without a trace."""
    LATE = "late"
    """Events come up to 5 s late."""
    REPEATED = "repeated"
    """Events come twice."""
    SHUFFLED = "shuffled"
    """Events are applied up to 5 s out of order."""
    LATE_WATCH = "late-watch"
    """The watch begins in the middle."""


SIMPLE = frozenset(
    {
        Fault.LATE_ACKS,
        Fault.CRASH,
        Fault.SKEW,
        Fault.DEAF,
        Fault.LATE,
        Fault.REPEATED,
        Fault.RETRY,
    }
)
"""What the model must be right about, beside what is always there."""

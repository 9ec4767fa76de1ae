"""The mutex of the sweeps: kombu's lock, which a sweep holds from its start to its end."""

from __future__ import annotations

LONG_SWEEP = 10.0
"""Seconds after which a sweep that holds the mutex is taken for one that died with it: 10,000 overdue entries
take 6 s."""

MUTEX_EXPIRES = 300
"""Seconds after which the mutex goes by itself (`kombu.transport.redis:Channel.unacked_mutex_expire`)."""


def stuck_for(since: float | None, now: float) -> float | None:
    """For how many seconds a mutex is stuck that was seen held at every reading `since` a time. None if it is
    not held, or may be held by a sweep that still runs. Both times are on the observer's clock."""
    if since is None or now - since <= LONG_SWEEP:
        return None
    return now - since

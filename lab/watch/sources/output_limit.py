"""Why a connection that only hears was lost, as far as the server can tell afterwards: it counts whom it cuts
off as too slow. It knows nothing of what is heard."""

from __future__ import annotations

import redis

from lab.watch.broker.cause import CUT_OFF
from lab.watch.sources.source import RESTARTED

COUNTED = "client_output_buffer_limit_disconnections"
"""`INFO stats`: connections that were closed because what waited for them was too much (Redis 7.0)."""


class OutputLimit:
    """What the server said of itself at the last connection."""

    def __init__(self) -> None:
        self._run_id: object = None
        self._count: object = None

    def explained(self, client: redis.Redis, why: str) -> str:
        """A better reason for a loss than the one that is known, where the server tells one. It may refuse,
        and before Redis 7.0 it does not count. Raises `redis.ConnectionError` and the like."""
        try:
            info = client.info()
        except redis.ResponseError:
            return why
        run_id, count = self._run_id, self._count
        self._run_id, self._count = info.get("run_id"), info.get(COUNTED)
        if run_id is not None and run_id != self._run_id:
            return RESTARTED
        if why.startswith(CUT_OFF) and count is not None and count != self._count:
            return f"{CUT_OFF} as too slow (client-output-buffer-limit)"
        return why

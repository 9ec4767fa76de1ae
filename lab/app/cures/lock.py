"""A lock on (task id, retries): of several copies of one attempt, one starts. Stands alone: take it along.

    app = Celery("mine", broker=…, task_cls="mine.lock:Locked")    # for every task
    @app.task(base=Locked, lock_seconds=7200)                      # or for one

What it does: the first copy that a pool child takes sets a key, and every other copy of the same attempt is
dropped with `celery.exceptions.Ignore`. A retry has a key of its own.

What it does not do:
- It is not exactly-once. A worker that dies while it holds the lock takes the attempt with it: the message
  comes back (acks_late), finds the lock, and is dropped. The task is lost until somebody sends it again.
- The key must outlive the last copy: `lock_seconds` has to be longer than the longest ETA, run and wait
  together. After that a late copy runs again.
- It is only as good as the server that keeps it: without persistence, a restart frees every lock.
- A dropped copy has a `task-started` and no end in Celery's events, and a rate limit counts it. So it says of
  itself that it was stopped, by an event of its own, `task-dropped`, which other monitors pass over.
"""

from __future__ import annotations

from typing import Any

import redis
from celery import Task
from celery.exceptions import Ignore

_clients: dict[str, redis.Redis] = {}
"""By URL, for all tasks of a process; a client's pool knows when the process was forked."""


def take(client: redis.Redis, key: str, holder: str, seconds: int) -> bool:
    """Take the lock for `seconds`, if nobody has it. Raises `redis.RedisError`, so that without a server
    nothing runs."""
    return bool(client.set(key, holder, nx=True, ex=seconds))


class Locked(Task):  # type: ignore[misc, unused-ignore]
    """A task of which one copy of each attempt starts, as far as the lock reaches."""

    abstract = True
    lock_url: str | None = None
    """A Redis or Valkey; None takes the broker."""
    lock_seconds = 86_400
    lock_prefix = "unacked-lock:"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        if not request.called_directly:
            options = self.app.conf.broker_transport_options or {}
            prefix = f"{options.get('global_keyprefix', '')}{self.lock_prefix}"
            key = f"{prefix}{request.id}:{request.retries}"
            if not take(self._client(), key, str(request.hostname), self.lock_seconds):
                self._tell()
                raise Ignore
        return self.run(*args, **kwargs)

    def _tell(self) -> None:
        """Say that this copy is stopped. Nobody may hear it, and nothing depends on it."""
        try:
            self.send_event("task-dropped", retry=False, why="another copy has the lock")
        except Exception:
            # Whatever a broker does here: the copy is to be dropped.
            return

    def _client(self) -> redis.Redis:
        url = self.lock_url or self.app.connection_for_write().as_uri(include_password=True)
        if url not in _clients:
            # What Celery calls redis+socket:///PATH?virtual_host=DB.
            plain = url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
            _clients[url] = redis.Redis.from_url(plain)
        return _clients[url]

"""The producer: sends the lab's task, and says what it sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.app.celery_app import make_app
from lab.watch.broker.address import CONNECT_SECONDS, masked
from lab.watch.broker.refusal import refusal


@dataclass(frozen=True, slots=True)
class Fired:
    """One message that was sent. Times are Unix seconds."""

    id: str
    name: str
    sent: float
    eta: float


class FireError(RuntimeError):
    """A message could not be sent; the text is one line for the user."""


class Producer:
    """Sends ETA tasks to one broker, under one key prefix. Blocks: not for the thread of a screen."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self._app = make_app({"BROKER_URL": url, "LAB_PREFIX": prefix})
        self._app.conf.broker_transport_options |= {
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": CONNECT_SECONDS,
            # Kombu's own patience, on top of those: a refusal is news, to be told at once.
            "max_retries": 1,
            "interval_start": 0.1,
            "connect_retries_timeout": 1.0,
        }

    def fire(
        self,
        seconds: float,
        name: str,
        count: int = 1,
        *,
        task: str = "lab.run",
        arguments: Sequence[Any] = (),
    ) -> list[Fired]:
        """Send `count` messages of `task`, due in `seconds`, with `name` and more `arguments`.

        Raises `FireError`, after at most a few seconds.
        """
        fired: list[Fired] = []
        for _ in range(count):
            now = time.time()
            try:
                sent: Any = self._app.send_task(
                    task, args=[name, *arguments], countdown=seconds or None, retry=False, ignore_result=True
                )
            except Exception as error:
                # Kombu, redis-py and the socket each raise their own kinds; all mean the same here.
                so_far = f" after {len(fired)} of {count}" if fired else ""
                raise FireError(
                    f"not sent{so_far}: {masked(self.url)} refused ({refusal(error, self.url)});"
                    " is the broker running?"
                ) from error
            fired.append(Fired(sent.id, name, now, now + seconds))
        return fired

    def revoke(self, task_id: str) -> None:
        """Tell every worker to drop a task that it has not begun."""
        self._app.control.revoke(task_id)

    def close(self) -> None:
        """Let go of the connection."""
        self._app.close()

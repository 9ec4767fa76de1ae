"""A ping that never sweeps: which workers live, asked with nothing but the broker's URL. Take it along.

    python ping.py redis://localhost:6379/0 [KEY_PREFIX]

`celery -b URL inspect ping` waits for its replies as a kombu consumer, and such a one puts every message back
that was held for longer than its own visibility timeout: an hour, whatever the workers have. Without the
emulation of acknowledgements there is nothing that it could put back (`kombu.transport.redis:Channel`,
`ack_emulation`).

What it does not do:
- It is for clients that only ask. A worker with this setting loses what it holds when it dies.
- It does not know the app: a `control_exchange` or a key prefix of your own has to be named.
"""

from __future__ import annotations

import sys

from celery import Celery


def ping(url: str, prefix: str = "", timeout: float = 1.0) -> list[str]:
    """The names of the workers that answer within `timeout` seconds. Raises what kombu raises."""
    app = Celery(broker=url)
    app.conf.broker_transport_options = {"ack_emulation": False, "global_keyprefix": prefix}
    with app:
        return sorted(app.control.inspect(timeout=timeout).ping() or {})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python ping.py URL [KEY_PREFIX]")
    answered = ping(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for worker in answered:
        print(f"{worker}: pong")
    sys.exit(0 if answered else 69)

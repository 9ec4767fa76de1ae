"""Captures incidents from real workers of whichever celery a Python has, and writes the truth beside them.

    python -m tests.recordings.incidents PYTHON VERSION [INCIDENT …]

An incident that the tasks noted otherwise than is said of it here is not written.
"""

from __future__ import annotations

import json
import signal
import sys

from tests.recordings.incidents.catalogue import INCIDENTS
from tests.recordings.incidents.ground import HERE, Ground
from tests.recordings.incidents.truth import checked

LATE = 2.5
"""Seconds after which nothing more is told of what happened."""


def capture(python: str, version: str, name: str) -> None:
    """Let one incident happen. Raises where it does not come about as it should."""
    path = HERE / f"{name}-{version}.jsonl"
    incident = INCIDENTS[name]
    fresh = path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    ground = Ground(python, fresh, incident.server)
    try:
        truths = incident.happens(ground)
        # What is noted by then is also said by then, and written.
        ground.watch(LATE)
        told = {message: checked(ground, message, true) for message, true in truths.items()}
    except BaseException:
        fresh.unlink()
        raise
    finally:
        ground.close()
    fresh.rename(path)
    path.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    python, version, *names = sys.argv[1:]
    # Whoever ends this ends what it started as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in names or INCIDENTS:
        try:
            capture(python, version, name)
            print(f"{name}: captured", flush=True)
        except (ValueError, TimeoutError) as error:
            print(f"{name}: {error}", flush=True)

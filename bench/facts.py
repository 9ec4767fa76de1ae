"""How many facts a second the model takes in, every account drawn up.

Peer: `celery.events.State`, fed the same events in the same run, which keeps one row for a task id.

    python -m bench.facts [MESSAGES]
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from celery.events.state import State

from lab.watch.facts import AnyFact
from lab.watch.model.model import Model
from lab.watch.observer import settle_collector
from lab.watch.sources.decoding import Event, fact

DRAIN = 20_000
"""Facts between two settlings: ten a second, as the screen does, at the rate that is measured here."""

COPIES = 3
ROUNDS = 5


def told(messages: int) -> list[dict[str, Any]]:
    """The events of messages with an ETA that were delivered, and ran, `COPIES` times each."""
    events: list[dict[str, Any]] = []
    clock = 0

    def say(type_: str, at: float, worker: str, **more: Any) -> None:
        nonlocal clock
        clock += 1
        known = {"type": type_, "timestamp": at, "hostname": worker, "pid": 7, "clock": clock}
        events.append(known | {"utcoffset": 0, "local_received": at} | more)

    for n in range(messages):
        at, uuid = 1e9 + n * 0.01, f"{n:032x}"
        described = {"name": "lab.run", "args": "['X']", "kwargs": "{}", "retries": 0, "eta": None}
        say("task-sent", at, "producer", uuid=uuid, queue="celery", **described)
        for copy in range(COPIES):
            say("task-received", at + 5 * copy, f"w{copy % 2}", uuid=uuid, **described)
        for copy in range(COPIES):
            worker = f"w{copy % 2}"
            say("task-started", at + 28 + copy * 0.002, worker, uuid=uuid)
            say("task-succeeded", at + 28.1 + copy * 0.002, worker, uuid=uuid, result="None", runtime=0.1)
    return sorted(events, key=lambda event: event["timestamp"])


def model_rate(facts: list[AnyFact]) -> tuple[float, Model]:
    """Facts a second, applied and settled."""
    model = Model()
    begun = time.process_time()
    for n, each in enumerate(facts):
        model.apply(each)
        if n % DRAIN == 0:
            model.settle()
    model.settle()
    return len(facts) / (time.process_time() - begun), model


def state_rate(events: list[dict[str, Any]]) -> float:
    """Events a second, taken in by Celery's own state."""
    state = State()
    copies = [dict(event) for event in events]
    begun = time.process_time()
    for event in copies:
        state.event(event)
    return len(events) / (time.process_time() - begun)


def main(messages: int) -> None:
    settle_collector()
    events = told(messages)
    facts = [fact(Event(**_known(event)), event["timestamp"]) for event in events]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        rate, model = model_rate(facts)
        ours.append(rate)
        theirs.append(state_rate(events))
    counts = model.ledger.counts
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{len(facts):,} facts of {messages:,} messages, {ROUNDS} rounds, median")
    print(
        f"  model                {statistics.median(ours):>10,.0f} facts/s   {counts.duplicates:,} duplicates"
    )
    print(f"  celery.events.State  {statistics.median(theirs):>10,.0f} events/s  knows of none")
    print(f"  to peer              {ratio:>9.2f}×")


def _known(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key in Event.__struct_fields__}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

"""CPU time of a fact, taken in and every account drawn up: with few messages and with many.

Peer: `celery.events.State`, fed the same events in the same run, which keeps one row for a task id.

    python -m bench.facts [MESSAGES …]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import islice
from statistics import median
from typing import Any

from celery.events.state import State

from lab.watch.model.model import Model
from lab.watch.observer import settle_collector
from lab.watch.sources.decoding import Event, fact

DRAIN = 20_000
"""Facts between two settlings: ten a second, as the screen does, at the rate that is measured here."""

COPIES = 3

MESSAGES = (10_000, 100_000, 1_000_000)

SMALL = 10_000
"""Messages of the comparison with the peer."""

ROUNDS = 5
"""Of which the one in the middle counts, where there are few messages: the best of them would be held against
the only one with many."""

WANTED = 1.2
"""Times what a fact costs with the fewest messages that it may cost with more."""


def told(messages: int) -> Iterator[dict[str, Any]]:
    """The events, in the order of time, of messages with an ETA that were delivered, and ran, `COPIES` times
    each."""
    coming: list[tuple[float, int, dict[str, Any]]] = []
    clock = 0

    def say(type_: str, at: float, worker: str, uuid: str, **more: Any) -> None:
        nonlocal clock
        clock += 1
        event = {"type": type_, "timestamp": at, "hostname": worker, "uuid": uuid, "pid": 7, "clock": clock}
        heappush(coming, (at, clock, event | {"utcoffset": 0, "local_received": at} | more))

    for n in range(messages):
        at, uuid = 1e9 + n * 0.01, f"{n:032x}"
        while coming and coming[0][0] < at:
            yield heappop(coming)[2]
        described = {"name": "lab.run", "args": "['X']", "kwargs": "{}", "retries": 0, "eta": None}
        say("task-sent", at, "producer", uuid, queue="celery", **described)
        for copy in range(COPIES):
            say("task-received", at + 5 * copy, f"w{copy % 2}", uuid, **described)
        for copy in range(COPIES):
            worker = f"w{copy % 2}"
            say("task-started", at + 28 + copy * 0.002, worker, uuid)
            say("task-succeeded", at + 28.1 + copy * 0.002, worker, uuid, result="None", runtime=0.1)
    while coming:
        yield heappop(coming)[2]


def model_cost(messages: int) -> tuple[float, Model]:
    """Microseconds a fact, applied and settled."""
    model = Model()
    spent, count, events = 0.0, 0, told(messages)
    while block := [fact(Event(**_known(event)), event["timestamp"]) for event in islice(events, DRAIN)]:
        begun = time.process_time()
        for each in block:
            model.apply(each)
        model.settle()
        spent += time.process_time() - begun
        count += len(block)
    return 1e6 * spent / count, model


def state_cost(messages: int) -> float:
    """Microseconds an event, taken in by Celery's own state."""
    state = State()
    events = list(told(messages))
    begun = time.process_time()
    for event in events:
        state.event(event)
    return 1e6 * (time.process_time() - begun) / len(events)


def main(sizes: list[int]) -> None:
    settle_collector()
    costs: list[float] = []
    for messages in sizes:
        rounds = ROUNDS if messages <= SMALL else 1
        results = sorted((model_cost(messages) for _ in range(rounds)), key=lambda result: result[0])
        cost, model = results[rounds // 2]
        costs.append(cost)
        times = f"{cost / costs[0]:5.2f}×"
        found = f"{model.ledger.counts.duplicates:,} duplicates"
        print(f"  model, {messages:>9,} messages  {cost:6.2f} µs a fact {times}   {found}", flush=True)
    theirs = median(state_cost(SMALL) for _ in range(ROUNDS))
    print(f"  celery.events.State           {theirs:6.2f} µs an event      knows of no duplicates")
    print(f"  to peer {theirs / costs[0]:.2f}×")
    print(f"  with more messages {max(costs) / costs[0]:.2f}× (wanted: {WANTED:g}×)")


def _known(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key in Event.__struct_fields__}


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(MESSAGES))

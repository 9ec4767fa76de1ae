"""CPU time of an event on its whole way: from the socket to the account that is drawn up.

Peer: Flower's own event thread (`flower.events.Events`), which hears the same stream in the same run. Both
are processes of their own; the events are those of a real worker, published by this one.

    python -m bench.pipeline [EVENTS [EVENTS_A_SECOND]]
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import redis

from bench.event_stream import captured, publish, repeated
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect

LOOK = 0.1
"""Seconds between two drains, as on the screen."""

WANTED_US, WANTED_RATIO = 20.0, 5.0
"""Microseconds an event at most, and times less than the peer at least."""


def ours(url: str, orders: Connection) -> None:
    """The observer with the source of events alone, drained as the screen drains it."""
    from lab.watch.observer import Observer, settle_collector
    from lab.watch.sources.events import Events

    settle_collector()
    observer = Observer()
    source = Events(url, "", observer.put)
    source.start()
    orders.recv()
    begun = time.process_time()
    while not orders.poll(LOOK):
        observer.drain()
    observer.drain()
    spent = time.process_time() - begun
    source.stop()
    counts = observer.model.ledger.counts
    orders.send((spent, f"{counts.messages:,} messages, {counts.executions:,} executions"))


def flowers(url: str, orders: Connection) -> None:
    """Flower's event thread, and the loop in which it keeps its state."""
    from celery import Celery
    from flower.events import Events
    from flower.options import options
    from tornado.ioloop import IOLoop, PeriodicCallback

    loop = IOLoop.current()
    limits = {"max_tasks_in_memory": options.max_tasks, "max_workers_in_memory": options.max_workers}
    events = Events(Celery(broker=url), loop, enable_events=False, **limits)
    events.start()
    orders.recv()
    begun = time.process_time()
    PeriodicCallback(lambda: loop.stop() if orders.poll() else None, 1000 * LOOK).start()
    loop.start()
    spent = time.process_time() - begun
    orders.send((spent, f"{len(events.state.tasks):,} messages, {events.state.event_count:,} events"))


def started(receiver: Callable[[str, Connection], None], url: str) -> Connection:
    """A receiver in a process of its own; it counts from the first order to the second."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    spawn.Process(target=receiver, args=(url, there), daemon=True).start()
    return here


def listeners(client: redis.Redis) -> int:
    """Connections that hear channels."""
    return len(client.client_list(_type="pubsub"))


def main(events: int, rate: float) -> None:
    try:
        import flower
    except ImportError:
        sys.exit("bench.pipeline: flower is missing (pip install 'unacked[flower]')")
    with Rig.start(Settings(workers=1, concurrency=2)) as rig:
        rig.wait_ready(20)
        messages = captured(rig)
        rig.retire_worker()
        assert rig.state.url is not None
        in_a_round = sum(len(message.events) for message in messages)
        rounds = max(1, events // in_a_round)
        stream = list(repeated(messages, rounds, rate))
        with connect(rig.state.url) as client:
            while listeners(client):
                # The worker goes down.
                time.sleep(0.1)
            receivers = {"observer": started(ours, rig.state.url), "flower": started(flowers, rig.state.url)}
            while listeners(client) < len(receivers):
                time.sleep(0.1)
            for orders in receivers.values():
                orders.send("begin")
            publish(client, stream, rate)
            # Until the slower one has caught up.
            time.sleep(2.0)
            spent: dict[str, float] = {}
            published = rounds * in_a_round
            print(f"{published:,} events in {len(stream):,} messages, {rate:,.0f} a second")
            for name, orders in receivers.items():
                orders.send("end")
                seconds, said = orders.recv()
                spent[name] = 1e6 * seconds / published
                print(f"  {name:<10}{spent[name]:8.1f} µs an event   ({said})")
    ratio = spent["flower"] / spent["observer"]
    wanted = f"wanted: {WANTED_US:g} µs, {WANTED_RATIO:g}×"
    print(f"  to peer   {ratio:8.1f}×   (Flower {flower.__version__}; {wanted})")


if __name__ == "__main__":
    asked = [float(each) for each in sys.argv[1:]]
    main(int(asked[0]) if asked else 30_000, asked[1] if len(asked) > 1 else 1_000.0)

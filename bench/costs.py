"""CPU time of what the model does, with little around and with much: no cost may grow with that.

python -m bench.costs [WORD …]      only the rows that have one of these words in them
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.watch.facts import (
    AnyFact,
    Configured,
    ConnectionSwept,
    Failed,
    Offline,
    Online,
    Payload,
    Popped,
    Received,
    Rejected,
    Sent,
    Started,
    Succeeded,
    Swept,
    Totals,
)
from lab.watch.model.model import Model
from lab.watch.observer import settle_collector

BEGIN = 1e9
"""Unix seconds at which everything begins."""

WANTED = 2.0
"""Times the cost at the small size that the large one may have."""

ROUNDS = 5
"""Of which the best one counts."""

DAY = 86_400.0


@dataclass(frozen=True)
class Row:
    """One cost: `measure` returns the seconds of CPU time that one thing takes at a size."""

    what: str
    small: int
    large: int
    measure: Callable[[int], float]


def applied(model: Model, told: Iterable[AnyFact]) -> Model:
    """The model, with these facts in it and settled."""
    for fact in told:
        model.apply(fact)
    model.settle()
    return model


def spent(model: Model, told: list[AnyFact], *, times: int = 1) -> float:
    """CPU seconds of applying and settling, for each of so many things."""
    begun = time.process_time()
    applied(model, told)
    return (time.process_time() - begun) / times


def online(worker: str, at: float, pid: int = 7) -> Online:
    return Online(at=at, seen=at, worker=worker, pid=pid)


def configured(worker: str, at: float, timeout: float = 3600.0, interval: float = 10.0) -> Configured:
    return Configured(at=at, seen=at, worker=worker, pid=7, visibility_timeout=timeout, interval=interval)


def held(task_id: str, worker: str, at: float, eta: float) -> list[AnyFact]:
    """One message that a worker holds until its ETA."""
    return [
        Payload(at=at, seen=at, tag=f"tag-{task_id}", id=task_id, task="lab.run", eta=eta, queue="celery"),
        Popped(at=at, seen=at, tag=f"tag-{task_id}"),
        Received(at=at + 0.001, seen=at, id=task_id, worker=worker, pid=7, clock=1, task="lab.run", eta=eta),
    ]


def ran(task_id: str, worker: str, at: float, clock: int = 2) -> list[AnyFact]:
    """One run of it."""
    of = {"id": task_id, "worker": worker, "pid": 7}
    return [
        Started(at=at, seen=at, clock=clock, **of),
        Succeeded(at=at + 0.1, seen=at + 0.1, clock=clock + 1, runtime=0.1, **of),
    ]


def opened(count: int, worker: str = "w0") -> list[AnyFact]:
    """So many messages that wait for an ETA a day ahead."""
    told: list[AnyFact] = [online(worker, BEGIN)]
    for n in range(count):
        told += held(f"open-{n}", worker, BEGIN + 1 + n * 0.001, BEGIN + DAY)
    return told


def facts_while_open(size: int) -> float:
    """A message that comes and goes while so many wait."""
    model = applied(Model(), opened(size))
    best, at = 1.0, BEGIN + 100
    for _ in range(ROUNDS):
        begun = time.process_time()
        for n in range(20):
            told: list[AnyFact] = []
            for m in range(20):
                task_id = f"ran-{at}-{n}-{m}"
                told.append(Sent(at=at, seen=at, id=task_id, worker="p", pid=1, clock=1, task="lab.run"))
                told.append(
                    Received(at=at + 0.01, seen=at, id=task_id, worker="w0", pid=7, clock=1, task="lab.run")
                )
                told += ran(task_id, "w0", at + 0.02)
            applied(model, told)
            at += 1.0
        best = min(best, (time.process_time() - begun) / 400)
    return best


def forecast_of_40(workers: int) -> float:
    """What the screen asks of 40 messages that are due in a day, where messages are hidden for a minute, and
    each worker was seen to sweep once."""
    model = Model()
    told: list[AnyFact] = []
    up_at = [BEGIN + 100.0 * n / workers for n in range(workers)]
    for n, at in enumerate(up_at):
        told += [online(f"w{n}", at), configured(f"w{n}", at, timeout=60.0)]
    for n, at in enumerate(up_at):
        at += 100.1
        told.append(ConnectionSwept(at=at, seen=at, connection=n, since=at - 0.2, connected=up_at[n]))
    for n in range(40):
        told += held(f"open-{n}", "w0", BEGIN + 200 + n, BEGIN + DAY + n)
    applied(model, told)
    now, best = BEGIN + 245.0, 1e9
    attempts = list(model.ledger.attempts())
    for _ in range(ROUNDS):
        now += 0.1
        begun = time.process_time()
        for attempt in attempts:
            model.forecast.runs(attempt, now)
            model.forecast.redelivery(attempt.deliveries[0].at, now)
        best = min(best, time.process_time() - begun)
    return best


def sweeping(workers: int) -> list[AnyFact]:
    """So many workers that came up, said what they run with, and sweep."""
    told: list[AnyFact] = []
    for n in range(workers):
        at = BEGIN + n * 0.01
        told.append(online(f"w{n}", at))
        told.append(configured(f"w{n}", at))
    return told


def late_online(logged: int) -> float:
    """A worker whose word comes three seconds late, with so many sweeps in the log."""
    model = applied(Model(), sweeping(60))
    at, best = BEGIN + 20, 1e9
    for n in range(logged):
        at = BEGIN + 20 + 9.0 * n / logged
        model.apply(Swept(at=at, seen=at, since=at - 0.05))
    for n in range(ROUNDS):
        best = min(best, spent(model, [online(f"late{n}", at - 3.0 - n * 0.01, pid=9)]))
    return best


def one_more_run(runs: int) -> float:
    """One more run of a message that ran so often."""
    model = Model()
    told: list[AnyFact] = [online("w0", BEGIN), Sent(at=BEGIN, id="m", worker="p", pid=1, task="lab.run")]
    for n in range(runs):
        at = BEGIN + 1 + n
        told.append(Received(at=at, seen=at, id="m", worker="w0", pid=7, clock=3 * n + 2, task="lab.run"))
        told += ran("m", "w0", at + 0.2, clock=3 * n + 3)
    applied(model, told)
    best = 1e9
    for n in range(runs, runs + ROUNDS):
        at = BEGIN + 1 + n
        told = [Received(at=at, seen=at, id="m", worker="w0", pid=7, clock=3 * n + 2, task="lab.run")]
        best = min(best, spent(model, told + ran("m", "w0", at + 0.2, clock=3 * n + 3)))
    return best


def one_more_death(deaths: int) -> float:
    """One more run that dies with its child, of a message that did so often, and is handed back each time."""
    model = applied(Model(), [online("w0", BEGIN)])

    def died(n: int) -> list[AnyFact]:
        of = {"id": "m", "worker": "w0", "pid": 7}
        at = BEGIN + 1 + n
        return [
            Received(at=at, seen=at, clock=4 * n, task="lab.run", **of),
            Started(at=at + 0.1, seen=at, clock=4 * n + 1, **of),
            Failed(at=at + 0.5, seen=at, clock=4 * n + 2, exception="WorkerLostError('signal 9')", **of),
            Rejected(at=at + 0.5, seen=at, clock=4 * n + 3, requeue=True, **of),
        ]

    applied(model, [fact for n in range(deaths) for fact in died(n)])
    return min(spent(model, died(n)) for n in range(deaths, deaths + ROUNDS))


def another_offline(size: int) -> float:
    """A worker goes offline that holds ten messages, while another one holds so many."""
    model = applied(Model(), opened(size))
    best = 1e9
    for n in range(ROUNDS):
        at = BEGIN + 200 + n
        told: list[AnyFact] = [online(f"x{n}", at)]
        for m in range(10):
            told += held(f"x{n}-{m}", f"x{n}", at + 0.1, BEGIN + DAY)
        applied(model, told)
        best = min(best, spent(model, [Offline(at=at + 0.5, seen=at + 0.5, worker=f"x{n}", pid=7)]))
    return best


def each_offline(size: int) -> float:
    """A worker goes offline: the cost of each message that it held."""
    model = applied(Model(), opened(size))
    return spent(model, [Offline(at=BEGIN + 200, seen=BEGIN + 200, worker="w0", pid=7)], times=size)


def smaller_timeout(size: int) -> float:
    """A worker says a smaller timeout than any before, while so many wait."""
    model = applied(Model(), opened(size))
    best = 1e9
    for n in range(ROUNDS):
        at = BEGIN + 200 + n
        best = min(best, spent(model, [configured(f"x{n}", at, timeout=600.0 - n)]))
    return best


def connected(workers: int) -> float:
    """A worker comes online, where so many are."""
    model = applied(Model(), sweeping(workers))
    best, at = 1e9, BEGIN + workers * 0.01 + 1
    for n in range(ROUNDS):
        begun = time.process_time()
        for m in range(20):
            model.apply(online(f"x{n}-{m}", at + n + m * 0.01))
        model.settle()
        best = min(best, (time.process_time() - begun) / 20)
    return best


def swept(workers: int) -> float:
    """A reading of the counters, where so many sweep."""
    model = applied(Model(), sweeping(workers))
    at, best = BEGIN + 0.01 * workers, 1e9
    for n in range(workers):
        at += 0.001
        model.apply(ConnectionSwept(at=at, seen=at, connection=n, since=at - 0.1, connected=BEGIN + n * 0.01))
    # What was heard goes from the log of what late facts may come before.
    for _ in range(30):
        at += 1.0
        applied(model, [Totals(at=at, seen=at)])
    for _ in range(20):
        at += 0.1
        told: list[AnyFact] = [Swept(at=at, seen=at, since=at - 0.05), Totals(at=at, seen=at)]
        best = min(best, spent(model, told))
    return best


def configuring(workers: int) -> float:
    """A worker says what it runs with, where so many did."""
    model = applied(Model(), sweeping(workers))
    best, at = 1e9, BEGIN + workers * 0.01 + 1
    for n in range(ROUNDS):
        begun = time.process_time()
        for m in range(20):
            model.apply(configured(f"w{m}", at + n + m * 0.01))
        model.settle()
        best = min(best, (time.process_time() - begun) / 20)
    return best


def reconnected(times: int) -> float:
    """A worker loses its connection and comes back, which it did so often before."""
    model = Model()
    for n in range(times):
        at = BEGIN + n
        model.apply(online("w0", at))
        model.apply(Offline(at=at + 0.5, seen=at + 0.5, worker="w0", pid=7))
    model.settle()
    best = 1e9
    for n in range(times, times + ROUNDS):
        at = BEGIN + n
        told = [online("w0", at), Offline(at=at + 0.5, seen=at + 0.5, worker="w0", pid=7)]
        best = min(best, spent(model, told))
    return best


ROWS = (
    Row("a message, while others wait", 1_000, 25_000, facts_while_open),
    Row("forecast of 40 messages, workers", 2, 500, forecast_of_40),
    Row("a late online, sweeps in the log", 100, 4_000, late_online),
    Row("one more run, runs before", 500, 5_000, one_more_run),
    Row("one more death, deaths before", 200, 2_000, one_more_death),
    Row("ten copies drop, others held elsewhere", 200, 20_000, another_offline),
    Row("each copy that drops, held by a worker", 200, 20_000, each_offline),
    Row("a smaller timeout, while others wait", 100, 10_000, smaller_timeout),
    Row("a worker comes online, among others", 500, 12_000, connected),
    Row("a reading of the counters, sweepers", 60, 2_000, swept),
    Row("a worker is configured, among others", 200, 2_000, configuring),
    Row("a reconnect, those before", 100, 10_000, reconnected),
)


def main(words: list[str]) -> None:
    settle_collector()
    for row in ROWS:
        if words and not any(word in row.what for word in words):
            continue
        small, large = row.measure(row.small), row.measure(row.large)
        print(
            f"  {row.what:<42}{row.small:>6,} → {row.large:>6,}"
            f"{1e6 * small:>12,.0f} → {1e6 * large:>10,.0f} µs  {large / small:6.2f}×",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

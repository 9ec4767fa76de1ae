"""The drawing: from a seed to a plan. The same seed and the same choice of faults give the same plan."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import (
    End,
    Plan,
    PlannedFault,
    PlannedMessage,
    PlannedWatch,
    PlannedWorker,
    Release,
)

MOST_MESSAGES, MOST_WORKERS = 8, 3

TAIL = 28.0
"""Seconds after all that is planned: a worker that fell silent is given up after 20."""

OFTEN = 0.12
"""How likely each class of faults is in one history."""


def draw(seed: int, among: Collection[Fault] | None = None) -> Plan:
    """The plan of a seed; of the classes `among` each at even odds, or of all a few."""
    random = Random(seed)
    if among is None:
        faults = frozenset(fault for fault in Fault if random.random() < OFTEN)
    else:
        faults = frozenset(fault for fault in Fault if fault in among and random.random() < 0.7)
    workers = _workers(random, faults)
    messages = _messages(random, faults, workers[0].timeout)
    busy = max((each.sent + (each.countdown or 0.0) + each.lasts for each in messages), default=0.0)
    names = [each.name for each in workers]
    happenings = _happenings(random, faults, names, [each.id for each in messages], busy)
    last = max((each.at + each.lasts for each in happenings), default=0.0)
    period = max(each.timeout + each.interval * each.throttle for each in workers)
    until = min(max(busy, last) + min(2 * period, 40.0) + TAIL, 300.0)
    return Plan(seed, faults, workers, messages, happenings, _watch(random, faults, busy), round(until, 3))


def _workers(random: Random, faults: Collection[Fault]) -> tuple[PlannedWorker, ...]:
    def settings() -> tuple[float, float, int]:
        return random.choice([3.0, 5.0, 8.0, 15.0, 30.0]), *random.choice(
            [(1.0, 1), (1.0, 3), (2.0, 2), (2.0, 3), (1.0, 10), (5.0, 4)]
        )

    timeout, interval, throttle = settings()
    workers = []
    for n in range(random.randint(1, MOST_WORKERS)):
        if n and Fault.TIMEOUTS in faults:
            timeout, interval, throttle = settings()
        slots = random.choice([1, 1, 2, 4])
        skewed = Fault.SKEW in faults and random.random() < 0.6
        workers.append(
            PlannedWorker(
                name=f"w{n + 1}@sim",
                starts=_some(random, 0.0, 0.5 if n == 0 else 12.0),
                timeout=timeout,
                interval=interval,
                throttle=throttle,
                slots=slots,
                prefetch=slots * random.choice([1, 4, 4]),
                skew=_some(random, -3.0, 3.0) * random.choice([0.1, 1.0, 10.0]) if skewed else 0.0,
                cancels=Fault.CONNECTION in faults and random.random() < 0.5,
                cancel_told=random.random() < 0.5,
                release=_release(random.random()),
                exits_without_broker=random.random() < 0.5,
            )
        )
    return tuple(workers)


def _release(part: float) -> Release:
    """Half of all workers have the newest one; `part` is from 0 to 1."""
    if part < 0.5:
        return "5.7"
    return "5.6" if part < 0.75 else "5.4"


def _messages(random: Random, faults: Collection[Fault], timeout: float) -> tuple[PlannedMessage, ...]:
    messages: list[PlannedMessage] = []
    for n in range(random.randint(1, MOST_MESSAGES)):
        again = Fault.REUSED_ID in faults and messages and random.random() < 0.4
        countdown = random.choice([None, _some(random, 0.5, 4.5 * timeout)])
        lasts = random.choice([0.01, _some(random, 0.1, 2.0), _some(random, 2.0, min(2.5 * timeout, 30.0))])
        late = Fault.LATE_ACKS in faults and random.random() < 0.6
        messages.append(
            PlannedMessage(
                id=random.choice(messages).id if again else f"m{n + 1}",
                sent=_some(random, 2.0, 30.0),
                countdown=None if countdown is None else min(countdown, 70.0),
                lasts=lasts,
                ends=_ends(random, faults),
                acks_late=late,
                acks_on_failure=not (Fault.FAILING in faults and random.random() < 0.5),
                reject_on_lost=random.random() < 0.5,
                retry_countdown=random.choice([0.0, _some(random, 0.5, 2.5 * timeout)]),
                expires=_some(random, 0.5, 20.0)
                if Fault.EXPIRE in faults and random.random() < 0.5
                else None,
                locked=Fault.LOCK in faults and random.random() < 0.6,
                unknown=Fault.UNKNOWN_TASK in faults and random.random() < 0.4,
            )
        )
    return tuple(messages)


def _ends(random: Random, faults: Collection[Fault]) -> tuple[End, ...]:
    """How the runs of one message end: some that come before another run, then a last one."""
    again: list[End] = []
    last: list[End] = ["succeed", "succeed"]
    if Fault.RETRY in faults:
        again.append("retry")
    if Fault.REPLACE in faults:
        again.append("replace")
    if Fault.REJECT in faults:
        again.append("requeue")
        last.append("reject")
    if Fault.IGNORE in faults:
        last.append("ignore")
    if Fault.LIMIT in faults:
        last.append("limit")
    if Fault.FAILING in faults:
        last.append("fail")
    if Fault.CHILD in faults:
        last.append("kill")
    before = [random.choice(again) for _ in range(random.randint(0, 2))] if again else []
    return *before, random.choice(last), "succeed"


def _happenings(
    random: Random, faults: Collection[Fault], names: list[str], ids: list[str], busy: float
) -> tuple[PlannedFault, ...]:
    """What happens from outside; not all classes of faults do."""
    found: list[PlannedFault] = []

    def plan(fault: Fault, lasts: float = 0.0, how: str = "", *, most: int = 2, message: str = "") -> None:
        if fault in faults:
            for _ in range(random.randint(1, most)):
                at = _some(random, 3.0, max(busy, 20.0))
                found.append(PlannedFault(fault, at, random.choice(names), message, lasts, how))

    plan(Fault.CRASH, random.choice([0.0, 2.0, 10.0]), random.choice(["", "", "popping"]))
    plan(Fault.FROZEN, _some(random, 1.0, 40.0), random.choice(["", "", "killed"]), most=1)
    plan(Fault.WARM, random.choice([0.0, 20.0]), "warm", most=1)
    plan(Fault.COLD, random.choice([0.0, 5.0]), random.choice(["cold", "group"]), most=1)
    plan(Fault.CONNECTION)
    plan(Fault.CHILD)
    plan(Fault.REVOKE, 0.0, random.choice(["", "terminate"]), message=random.choice(ids))
    plan(Fault.MUTEX, _some(random, 2.0, 30.0), most=1)
    plan(Fault.RESTART, _some(random, 0.2, 8.0), most=1)
    plan(Fault.WIPED, _some(random, 0.2, 8.0), "wiped", most=1)
    if Fault.ROLLBACK in faults:
        saved = _some(random, 3.0, max(busy, 20.0))
        found.append(PlannedFault(Fault.ROLLBACK, saved, how="save"))
        back = saved + _some(random, 0.5, 15.0)
        found.append(PlannedFault(Fault.ROLLBACK, back, lasts=_some(random, 0.2, 5.0), how="rollback"))
    plan(Fault.FULL, _some(random, 1.0, 10.0), most=1)
    period = random.choice([0.0, 0.0, 4.0, 10.0])
    plan(Fault.FOREIGN_SWEEPER, period, str(random.choice([1.0, 4.0, 20.0])), most=1)
    plan(Fault.FOREIGN_COMMANDS, random.choice([0.0, 1.0, 7.0]), most=1)
    plan(Fault.DEAF, _some(random, 0.5, 15.0), most=1)
    plan(Fault.BLIND, _some(random, 0.5, 15.0), most=1)
    return tuple(sorted(found, key=lambda each: each.at))


def _watch(random: Random, faults: Collection[Fault], busy: float) -> PlannedWatch:
    return PlannedWatch(
        starts=_some(random, 3.0, max(busy, 10.0)) if Fault.LATE_WATCH in faults else 0.0,
        asks=random.random() < 0.8,
        clients=random.random() < 0.8,
        sent_events=random.random() < 0.8,
        gone=random.random() < 0.4,
        vanishing=random.choice([0.02, 0.1, 0.3]) if Fault.VANISHED in faults else 0.0,
        late=_some(random, 0.1, 5.0) if Fault.LATE in faults else 0.0,
        repeated=0.3 if Fault.REPEATED in faults else 0.0,
        shuffled=_some(random, 0.1, 5.0) if Fault.SHUFFLED in faults else 0.0,
    )


def _some(random: Random, least: float, most: float) -> float:
    """A number between two, to the millisecond."""
    return round(random.uniform(least, most), 3)

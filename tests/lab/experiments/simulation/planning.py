"""Plans by hand: one worker that hides messages for 5 s and sweeps every second, and what a test adds."""

from __future__ import annotations

from collections.abc import Sequence

from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import Plan, PlannedFault, PlannedMessage, PlannedWatch, PlannedWorker
from lab.experiments.simulation.run import come_about
from lab.experiments.simulation.truth import Truth
from lab.watch.facts import AnyFact

UNTIL = 60.0


def worker(name: str = "w1@sim", starts: float = 0.0, **more: object) -> PlannedWorker:
    options: dict[str, object] = {"timeout": 5.0, "interval": 1.0, "throttle": 1, "slots": 2, "prefetch": 8}
    return PlannedWorker(name=name, starts=starts, **{**options, **more})  # type: ignore[arg-type]


def message(id: str = "m1", sent: float = 3.0, lasts: float = 1.0, **more: object) -> PlannedMessage:
    return PlannedMessage(id, sent, **{"countdown": None, "lasts": lasts, **more})  # type: ignore[arg-type]


def happening(fault: Fault, at: float, **more: object) -> PlannedFault:
    return PlannedFault(fault, at, **{"worker": "w1@sim", **more})  # type: ignore[arg-type]


def plan(
    *messages: PlannedMessage,
    happenings: Sequence[PlannedFault] = (),
    workers: Sequence[PlannedWorker] | None = None,
    watch: PlannedWatch | None = None,
    until: float = UNTIL,
) -> Plan:
    faults = frozenset(each.fault for each in happenings)
    watch = watch or PlannedWatch()
    return Plan(1, faults, tuple(workers or [worker()]), messages, tuple(happenings), watch, until)


def history(*messages: PlannedMessage, **more: object) -> tuple[Truth, list[AnyFact]]:
    """The truth and the facts of a plan by hand."""
    return come_about(plan(*messages, **more))  # type: ignore[arg-type]


def kinds(told: Sequence[AnyFact], id: str = "m1") -> list[str]:
    """What was said of a message by events, in its order, but for its sending."""
    of = [type(fact).__name__ for fact in told if getattr(fact, "id", "") == id]
    return [kind for kind in of if kind not in ("Sent", "Payload", "Nowhere")]

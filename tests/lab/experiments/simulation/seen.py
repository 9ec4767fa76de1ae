"""What was seen of one message, in a recording of real workers and in simulated histories alike, so that they
can be held against each other. Times, workers and delivery tags are left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.experiments.simulation.plan import Plan
from lab.experiments.simulation.run import come_about
from lab.watch import facts
from lab.watch.model.model import Model
from lab.watch.recording.reading import opened

RECORDINGS = Path(__file__).parents[3] / "recordings"

TOLD_APART = ("TimeLimitExceeded", "WorkerLostError", "NotRegistered", "reject")
"""How exceptions begin that mean another end than that the task raised something."""

HISTORIES = 20
"""Simulated histories of one plan: in each the sweeps have another phase."""


@dataclass(frozen=True)
class SeenMessage:
    """One message, over all its publications."""

    events: tuple[str, ...]
    """Kinds of task events with what tells them apart, in the order in which they came."""
    deliveries: int
    starts: int
    """How often its code was entered, as the task noted or the simulation knows."""
    runs: tuple[str, ...]
    """What the model says of each run: how it ended, and its verdict."""
    places: tuple[str, ...]
    """Where the books have each publication in the end."""

    def unordered(self) -> SeenMessage:
        """The same, where several workers or copies make the order a matter of chance."""
        return replace(self, events=tuple(sorted(self.events)), runs=tuple(sorted(self.runs)))


def recorded(name: str) -> dict[str, SeenMessage]:
    """What is seen in a recording of real workers, by the names of its messages."""
    told = list(opened(RECORDINGS / f"{name}.jsonl")[1])
    notes = json.loads((RECORDINGS / f"{name}.json").read_text())
    ids = {message: note["id"] for message, note in notes.items()}
    starts = {
        message: note["starts"] if "starts" in note else len(note["runs"]) for message, note in notes.items()
    }
    return seen(told, ids, starts)


def simulated(plan: Plan) -> list[dict[str, SeenMessage]]:
    """What is seen in each of several histories of one plan, by the ids of its messages."""
    found = []
    for n in range(HISTORIES):
        workers = tuple(
            replace(worker, starts=worker.starts + (n * step % HISTORIES) / HISTORIES)
            for worker, step in zip(plan.workers, (1, 7, 3), strict=False)
        )
        truth, told = come_about(replace(plan, seed=n, workers=workers))
        ids = {message.id: message.id for message in plan.messages}
        starts = {id: sum(run.id == id for run in truth.runs) for id in ids}
        found.append(seen(told, ids, starts))
    return found


def seen(
    told: Sequence[facts.AnyFact], ids: Mapping[str, str], starts: Mapping[str, int]
) -> dict[str, SeenMessage]:
    """What these facts say of each message."""
    model = Model()
    for fact in told:
        model.apply(fact)
    model.settle()
    found = {}
    for name, id in ids.items():
        account = model.ledger.accounts[id]
        runs = [run for attempt in account.attempts for run in attempt.executions]
        found[name] = SeenMessage(
            events=tuple(word for fact in told if getattr(fact, "id", "") == id and (word := _event(fact))),
            deliveries=sum(len(attempt.deliveries) for attempt in account.attempts),
            starts=starts[name],
            runs=tuple(f"{run.outcome} {run.verdict}" for run in runs),
            places=tuple(attempt.place for attempt in account.attempts),
        )
    return found


def _event(fact: facts.AnyFact) -> str:
    """One event in a word or two; nothing for what no worker told."""
    words = [type(fact).__name__]
    match fact:
        case facts.Sent() | facts.Payload() | facts.Nowhere():
            return ""
        case facts.Failed():
            words += [word for word in TOLD_APART if fact.exception.startswith(word)]
        case facts.Rejected():
            words += ["requeue"] * fact.requeue
        case facts.Revoked():
            words += ["expired"] * fact.expired + ["terminated"] * fact.terminated
    return " ".join(words)

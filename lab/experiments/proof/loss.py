"""The loss: what the ledger makes of facts of which a tenth was dropped in silence.

A measure, not a claim. What a watcher really loses is told: a connection that broke, a queue that was full,
and the counts are then marked incomplete. Of single facts that are gone without a trace the ledger notices
those that leave others without their cause. It cannot notice the start of a run that was then killed, or all
that told of one copy.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from lab.experiments.proof.counts import counts_by_ledger
from lab.experiments.proof.trial import Trial
from lab.watch.facts import Heartbeat, Left, Payload, Popped, TaskFact
from lab.watch.model.doubts import LATE
from lab.watch.model.model import Model

DROPPED = 0.1
DRAWS = 10
"""How often a tenth of a trial's facts is dropped."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a ledger makes of trials of which a tenth of the facts about tasks and keys was dropped."""

    draws: int
    right: int
    """Draws in which all counts were right all the same."""
    marked: int
    """Draws in which they were not, and were marked incomplete."""
    unmarked: int
    """Draws in which they were not, and nothing said so."""
    executions: float
    """By how much the executions were off on average, as a part of them."""

    @property
    def words(self) -> str:
        """The loss in one line."""
        return (
            f"a tenth of the facts dropped in silence, {self.draws} times: {self.right} right,"
            f" {self.marked} marked incomplete, {self.unmarked} wrong and not noticed;"
            f" executions off by {self.executions:.0%} on average"
        )


def loss(trials: Iterable[Trial]) -> Loss:
    """Drop a tenth of the facts at random, again and again, and compare what is left with the truth."""
    right = marked = unmarked = 0
    off = executions = 0
    for trial in trials:
        ids: list[str] = []
        for sent in trial.sent.values():
            ids += sent
        truth = trial.true_counts(ids)
        for seed in range(DRAWS):
            model = _lossy(trial, random.Random(seed))
            seen = counts_by_ledger(model, ids)
            if seen == truth:
                right += 1
            elif model.ledger.doubts:
                marked += 1
            else:
                unmarked += 1
            off += abs(seen.executions - truth.executions)
            executions += truth.executions
    return Loss(right + marked + unmarked, right, marked, unmarked, off / max(1, executions))


def _lossy(trial: Trial, dice: random.Random) -> Model:
    model = Model()
    for fact in trial.facts:
        if not isinstance(fact, TaskFact | Popped | Payload | Left) or dice.random() >= DROPPED:
            model.apply(fact)
    # A while later: what is still missing then is missed.
    later = max(fact.seen for fact in trial.facts) + 2 * LATE
    for life in list(model.ledger.lives.present(0.0)):
        model.apply(Heartbeat(at=later, seen=later, worker=life.worker, pid=life.pid))
    model.settle()
    model.settle()
    return model

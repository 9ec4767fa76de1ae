"""The report: one line for each row, and what may be claimed of the forecast."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from lab.experiments.proof.foretelling import Miss
from lab.experiments.proof.tally import Tally
from lab.experiments.proof.trial import Trial, seen
from lab.watch.facts import Heartbeat, Left, Payload, Popped, TaskFact
from lab.watch.model.doubts import LATE
from lab.watch.model.forecast import RunCount
from lab.watch.model.model import Model

ENOUGH = 20
"""Sweeps below which no percentage is claimed."""

NEAR = 1.0
"""Seconds within which a redelivery that was foretold counts as foretold right."""

DROPPED = 0.1
DRAWS = 10
"""How often a tenth of a trial's facts is dropped."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row: the ledger's counts beside the truth's, the runs foretold beside those that were."""

    name: str
    workers: int
    timeout: int
    sweep: int
    messages: int
    ledger: Tally
    truth: Tally
    foretold: tuple[str, ...]
    ran: tuple[int, ...]
    replay_agrees: bool

    @property
    def right(self) -> bool:
        """Whether every count is what happened, live and replayed."""
        return self.ledger == self.truth and self.replay_agrees

    @property
    def foretold_right(self) -> bool:
        """Whether every number of runs lies in the range that was foretold first."""
        return all(
            not said or int(said.split("–")[0]) <= ran <= int(said.split("–")[-1])
            for said, ran in zip(self.foretold, self.ran, strict=True)
        )

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "right": self.right, "foretold_right": self.foretold_right}


def _range(runs: RunCount | None) -> str:
    if runs is None:
        return ""
    return str(runs.least) if runs.least == runs.most else f"{runs.least}–{runs.most}"


def lines(trial: Trial) -> Iterator[ReportRow]:
    """The rows of a trial that is done."""
    assert trial.truth is not None
    again, foretold_again = trial.replayed()
    settings = trial.experiment.settings
    for row, ids in trial.sent.items():
        ledger = seen(trial.model, ids)
        said = {one: trial.foretelling.runs.get(one) for one in ids}
        same = {one: foretold_again.runs.get(one) for one in ids}
        agrees = seen(again, ids) == ledger and said == same
        shown = [said[one] if row.eta and not row.then else None for one in ids]
        yield ReportRow(
            name=row.name,
            workers=trial.experiment.workers,
            timeout=settings.visibility_timeout,
            sweep=settings.sweep_period,
            messages=len(ids),
            ledger=ledger,
            truth=trial.truth.tally(ids),
            foretold=tuple(_range(runs) for runs in shown),
            ran=tuple(trial.truth.tally([one]).executions for one in ids),
            replay_agrees=agrees and foretold_again.misses == trial.foretelling.misses,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """How well redeliveries were foretold, counted per sweep. Times are seconds."""

    sweeps: int
    lead: float
    median: float | None
    largest: float | None
    within: float | None
    """The part of the sweeps that were foretold to within a second; None below `ENOUGH` sweeps."""
    unforetold: int


def claim(trials: Iterable[Trial], *, claims: bool) -> Claim | None:
    """What may be said of the forecasts of these trials together."""
    chosen = [trial for trial in trials if trial.experiment.claims is claims]
    misses: list[Miss] = [miss for trial in chosen for miss in trial.foretelling.sweeps()]
    if not chosen:
        return None
    errors = [abs(miss.error) for miss in misses]
    enough = claims and len(errors) >= ENOUGH
    return Claim(
        sweeps=len(errors),
        lead=chosen[0].experiment.lead,
        median=median(errors) if errors else None,
        largest=max(errors, default=None),
        within=sum(error <= NEAR for error in errors) / len(errors) if enough else None,
        unforetold=sum(trial.foretelling.unforetold for trial in chosen),
    )


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


def loss(trials: Iterable[Trial]) -> Loss:
    """Drop a tenth of the facts at random, again and again, and compare what is left with the truth."""
    right = marked = unmarked = 0
    off = truly = 0
    for trial in trials:
        assert trial.truth is not None
        ids = [task_id for tasks in trial.sent.values() for task_id in tasks]
        truth = trial.truth.tally(ids)
        for seed in range(DRAWS):
            model = _lossy(trial, random.Random(seed))
            left = seen(model, ids)
            right += left == truth
            marked += left != truth and bool(model.ledger.doubts)
            unmarked += left != truth and not model.ledger.doubts
            off += abs(left.executions - truth.executions)
            truly += truth.executions
    return Loss(right + marked + unmarked, right, marked, unmarked, off / max(1, truly))


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


def table(found: Iterable[ReportRow]) -> Iterator[str]:
    """The rows as text: `seen/true` for every count."""
    yield (
        f"{'row':<33}{'wrk':>4}{'VT':>4}{'sweep':>6}{'msgs':>5}"
        f"{'deliveries':>12}{'runs':>8}{'dupl.':>8}{'recov.':>7}  {'foretold':<10}{'replay':<7}"
    )
    for line in found:
        ours, true = line.ledger, line.truth
        said = ",".join(sorted(set(line.foretold) - {""})) or "–"
        yield (
            f"{line.name:<33}{line.workers:>4}{line.timeout:>4}{line.sweep:>6}{line.messages:>5}"
            f"{f'{ours.deliveries}/{true.deliveries}':>12}{f'{ours.executions}/{true.executions}':>8}"
            f"{f'{ours.duplicates}/{true.duplicates}':>8}{f'{ours.recoveries}/{true.recoveries}':>7}"
            f"  {said:<10}{'same' if line.replay_agrees else 'DIFFERS':<8}"
            f"{'' if line.right else 'DIFFERS'}{'' if line.foretold_right else ' FORECAST'}"
        )


def words(claim: Claim) -> str:
    """A claim in one line."""
    if claim.median is None or claim.largest is None:
        return "no redelivery was foretold"
    told = (
        f"{claim.sweeps} sweeps, foretold {claim.lead:g} s ahead: "
        f"median error {claim.median:.3f} s, largest {claim.largest:.3f} s"
    )
    if claim.within is not None:
        told += f", within {NEAR:g} s in {claim.within:.0%}"
    return told + (f"; {claim.unforetold} redeliveries before a sweep was seen" if claim.unforetold else "")

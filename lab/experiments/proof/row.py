"""A row of the proof: one kind of message on one rig, the ledger's counts beside the true ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lab.experiments.proof.counts import MessageCounts, counts_by_ledger
from lab.experiments.proof.trial import Trial
from lab.watch.model.forecast import RunCount


@dataclass(frozen=True, slots=True)
class ProofRow:
    """The ledger's counts beside the truth's, and the runs foretold beside those that were."""

    name: str
    workers: int
    timeout: int
    sweep: int
    messages: int
    ledger: MessageCounts
    truth: MessageCounts
    foretold: tuple[RunCount | None, ...]
    """Of each message, what was foretold first; None where nothing was, or something was done to it."""
    ran: tuple[int, ...]
    replay_agrees: bool

    @property
    def right(self) -> bool:
        """Whether every count is what happened, live and replayed."""
        return self.ledger == self.truth and self.replay_agrees

    @property
    def foretold_right(self) -> bool:
        """Whether every number of runs lies in the range that was foretold first."""
        pairs = zip(self.foretold, self.ran, strict=True)
        return all(runs is None or runs.least <= ran <= runs.most for runs, ran in pairs)

    def as_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "foretold": [_range(runs) for runs in self.foretold],
            "right": self.right,
            "foretold_right": self.foretold_right,
        }


def rows_of(trial: Trial) -> Iterator[ProofRow]:
    """The rows of a trial that is done."""
    again, foretold_again = trial.replayed()
    same_misses = foretold_again.misses == trial.foretelling.misses
    settings = trial.experiment.settings
    for kind, ids in trial.sent.items():
        ledger = counts_by_ledger(trial.model, ids)
        foretold = [trial.foretelling.runs.get(task_id) for task_id in ids]
        same_runs = foretold == [foretold_again.runs.get(task_id) for task_id in ids]
        same_counts = ledger == counts_by_ledger(again, ids)
        yield ProofRow(
            name=kind.name,
            workers=trial.experiment.workers,
            timeout=settings.visibility_timeout,
            sweep=settings.sweep_period,
            messages=len(ids),
            ledger=ledger,
            truth=trial.true_counts(ids),
            foretold=tuple(foretold) if kind.eta and not kind.then else (None,) * len(ids),
            ran=tuple(trial.true_counts([task_id]).executions for task_id in ids),
            replay_agrees=same_counts and same_runs and same_misses,
        )


def table(rows: Iterable[ProofRow]) -> Iterator[str]:
    """The rows as text: `seen/true` for every count."""
    yield (
        f"{'row':<33}{'wrk':>4}{'VT':>4}{'sweep':>6}{'msgs':>5}"
        f"{'deliveries':>12}{'runs':>8}{'dupl.':>8}{'recov.':>7}  {'foretold':<10}{'replay':<7}"
    )
    for row in rows:
        seen, true = row.ledger, row.truth
        foretold = ",".join(sorted({_range(runs) for runs in row.foretold if runs})) or "–"
        yield (
            f"{row.name:<33}{row.workers:>4}{row.timeout:>4}{row.sweep:>6}{row.messages:>5}"
            f"{f'{seen.deliveries}/{true.deliveries}':>12}{f'{seen.executions}/{true.executions}':>8}"
            f"{f'{seen.duplicates}/{true.duplicates}':>8}{f'{seen.recoveries}/{true.recoveries}':>7}"
            f"  {foretold:<10}{'same' if row.replay_agrees else 'DIFFERS':<8}"
            f"{'' if row.right else 'DIFFERS'}{'' if row.foretold_right else ' FORECAST'}"
        )


def _range(runs: RunCount | None) -> str:
    if runs is None:
        return ""
    return str(runs.least) if runs.least == runs.most else f"{runs.least}–{runs.most}"

"""A claim: what may be said of how well redeliveries were foretold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from lab.experiments.proof.foretelling import Miss
from lab.experiments.proof.trial import Trial

ENOUGH = 20
"""Sweeps below which no percentage is claimed."""

NEAR = 1.0
"""Seconds within which a redelivery that was foretold counts as foretold right."""


@dataclass(frozen=True, slots=True)
class Claim:
    """How well redeliveries were foretold, counted per sweep. Times are seconds."""

    sweeps: int
    in_window: int
    """How many of them came within the window that was foretold."""
    lead: float
    median: float | None
    largest: float | None
    within: float | None
    """The part of the sweeps that were foretold to within a second; None below `ENOUGH` sweeps."""
    unforetold: int

    @property
    def words(self) -> str:
        """The claim in one line."""
        if self.median is None or self.largest is None:
            return "no redelivery was foretold"
        words = (
            f"{self.in_window} of {self.sweeps} sweeps came when foretold, {self.lead:g} s ahead; "
            f"the likeliest instant was off by {self.median:.3f} s (median), {self.largest:.3f} s at worst"
        )
        if self.within is not None:
            words += f", and by less than {NEAR:g} s in {self.within:.0%}"
        if self.unforetold:
            words += f"; {self.unforetold} redeliveries before a sweep was seen"
        return words


def claim(trials: Iterable[Trial], *, claims: bool) -> Claim | None:
    """What may be said of the forecasts of these trials together."""
    chosen = [trial for trial in trials if trial.experiment.claims is claims]
    if not chosen:
        return None
    misses: list[Miss] = []
    for trial in chosen:
        misses += trial.foretelling.sweeps()
    errors = [abs(miss.error) for miss in misses]
    enough = claims and len(errors) >= ENOUGH
    return Claim(
        sweeps=len(errors),
        in_window=sum(miss.within for miss in misses),
        lead=chosen[0].experiment.lead,
        median=median(errors) if errors else None,
        largest=max(errors, default=None),
        within=sum(error <= NEAR for error in errors) / len(errors) if enough else None,
        unforetold=sum(trial.foretelling.unforetold for trial in chosen),
    )

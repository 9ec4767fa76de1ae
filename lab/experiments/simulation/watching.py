"""Watching a simulated history: the facts applied to a model, and what it said on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.watch.facts import AnyFact, Totals
from lab.watch.model.forecast import Redelivery
from lab.watch.model.model import Model

EVERY = 4
"""Of so many tellings of the sizes, one is followed by questions."""

ASKED = 4
"""Entries of which the forecast is asked, the oldest ones."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What was said of one entry."""

    tag: str
    score: float
    now: float
    coming: Redelivery | None


@dataclass(slots=True)
class Watched:
    """A model after all facts, and its answers before."""

    model: Model = field(default_factory=Model)
    foretold: list[Foretold] = field(default_factory=list)
    entries: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    """The entries of the model by tag, with their scores, after a reading of the keys."""
    facts: int = 0
    most_kept: int = 0
    """Facts that the model kept at once."""
    fault: str = ""
    """What it raised."""


def watch(told: Iterable[AnyFact]) -> Watched:
    """Apply facts, and ask now and then. Linear in the facts."""
    watched = Watched()
    model, ledger = watched.model, watched.model.ledger
    sizes = 0
    try:
        for fact in told:
            model.apply(fact)
            watched.facts += 1
            if type(fact) is not Totals:
                continue
            sizes += 1
            watched.entries.append((fact.at, {tag: each.score for tag, each in ledger.entries.items()}))
            if sizes % EVERY:
                continue
            model.settle()
            for entry in ledger.oldest(ASKED):
                coming = model.forecast.redelivery(entry.score, fact.at)
                watched.foretold.append(Foretold(entry.tag, entry.score, fact.at, coming))
            watched.most_kept = max(watched.most_kept, ledger._memory.facts)
        model.settle()
    except Exception as error:  # a simulation is there to find whatever the model raises
        watched.fault = f"{type(error).__name__}: {error}"
    return watched

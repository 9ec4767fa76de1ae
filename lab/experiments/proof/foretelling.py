"""The foretelling: every forecast of a redelivery, kept until it can be held against what happened."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from lab.watch.model.forecast import Redelivery, RunCount
from lab.watch.model.model import Model

SAME_SWEEP = 1.0
"""Seconds within which redeliveries are one sweep's work: they are not independent, and count once."""

POPPED = 0.05
"""Seconds from a sweep until a worker popped what it restored, with a few messages, on a busy machine."""

KEPT = 1_200


@dataclass(frozen=True, slots=True)
class Miss:
    """How far the likeliest instant of a forecast lay from the redelivery: foretold less happened, in s;
    and whether it came within the window that was foretold."""

    at: float
    error: float
    within: bool


@dataclass(slots=True)
class Foretelling:
    """Samples the forecast of every message of a trial. `lead` is how early a forecast is judged, in s."""

    lead: float
    workers: int = 1
    """How many there will be: the number of runs cannot be foretold before all of them are there."""
    runs: dict[str, RunCount] = field(default_factory=dict)
    """The first forecast of the number of runs, once a worker had the message and all were online."""
    misses: list[Miss] = field(default_factory=list)
    unforetold: int = 0
    """Redeliveries of which nothing but a range, or nothing, was said at that time."""
    _said: dict[str, deque[tuple[float, Redelivery]]] = field(default_factory=dict)
    _scores: dict[str, float] = field(default_factory=dict)

    def sample(self, model: Model, now: float) -> None:
        """Note what is foretold now, and judge what was foretold of what just happened."""
        complete = len(list(model.ledger.lives.present(now))) >= self.workers
        for attempt in model.ledger.attempts():
            score = model.forecast.standing(attempt)
            if complete and attempt.id not in self.runs and attempt.deliveries:
                runs = model.forecast.runs(attempt, now)
                if runs:
                    self.runs[attempt.id] = runs
            if score is None:
                continue
            key = f"{attempt.id}/{attempt.retries}"
            before = self._scores.get(key)
            if before is not None and score > before:
                if score - before >= model.forecast.hidden(now).timeout.least:
                    self._judge(key, score)
                # Sooner it was no sweep: its worker handed it back.
                self._said.pop(key, None)
            self._scores[key] = score
            coming = model.forecast.redelivery(score, now)
            if coming and coming.basis != "assumed":
                self._said.setdefault(key, deque(maxlen=KEPT)).append((now, coming))

    def sweeps(self) -> list[Miss]:
        """One miss for each sweep: the first of the redeliveries that it made."""
        found: list[Miss] = []
        for miss in sorted(self.misses, key=lambda miss: miss.at):
            if not found or miss.at - found[-1].at > SAME_SWEEP:
                found.append(miss)
        return found

    def _judge(self, key: str, at: float) -> None:
        said = self._said.get(key, ())
        n = bisect_right([when for when, _ in said], at - self.lead)
        if n:
            foretold = said[n - 1][1]
            instant = (foretold.likely or foretold.window).middle
            # What a sweep restored is popped a moment later.
            within = foretold.window.widened(POPPED).includes(at)
            self.misses.append(Miss(at, instant - at, within))
        else:
            self.unforetold += 1

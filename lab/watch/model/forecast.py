"""What will happen: the next redelivery of a message, and how many times it will run by its ETA."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.ledger import Ledger
from lab.watch.model.sweeps import SWEEP_TIE, Sweeper, Sweeps, Window

FURTHEST = 1_000
"""Redeliveries that are counted ahead; beyond, a forecast says "at least"."""

TAKEN = 0.005
"""Seconds from a sweep until a worker popped what it restored, usually."""

TAKEN_LATE = 0.02
"""Seconds that this takes at most, with a few messages restored by one sweep."""

FEW = 4
"""Calls of the sweep's timer that surely add up to more delay than a pop takes."""

Basis = Literal["seen", "once", "assumed"]
"""What a forecast rests on: a phase narrowed by several sweeps, one sweep seen, or the settings alone."""


@dataclass(frozen=True, slots=True)
class Redelivery:
    """The next time a message will be handed out again."""

    window: Window
    worker: str
    """Whose sweep will do it; empty if nobody is known to own that phase."""
    basis: Basis


@dataclass(frozen=True, slots=True)
class RunCount:
    """How many times an attempt will have run in the end, at least and at most, those so far included."""

    least: int
    most: int
    endless: bool = False
    """Whether nothing bounds it, as far as is known: it runs at least `least` times."""


class Forecast:
    """Reads the ledger and the sweeps; keeps nothing, so the same model and `now` say the same."""

    def __init__(self, ledger: Ledger, sweeps: Sweeps) -> None:
        self.ledger = ledger
        self.sweeps = sweeps

    def hidden_until(self, score: float) -> float | None:
        """Until when an entry with this score stays hidden; None if no visibility timeout is known."""
        timeout = self.ledger.hidden_for
        return score + timeout if timeout is not None else None

    def redelivery(self, score: float, now: float) -> Redelivery | None:
        """The next redelivery of an entry popped at `score` and acknowledged by nobody.

        Any worker on the db sweeps for all; the earliest sweep at or after score + that sweeper's own
        visibility timeout does it. None if nobody is known to sweep.
        """
        best: tuple[Window, Sweeper] | None = None
        for sweeper in self.sweeps.sweeping(now):
            timeout = self._timeout(sweeper)
            if timeout is None:
                continue
            window = sweeper.after(max(score + timeout, now))
            if best is None or window.middle < best[0].middle:
                best = window, sweeper
        if best is None:
            return None
        window, sweeper = best
        basis: Basis = "seen" if sweeper.seen > 1 else "once" if sweeper.seen else "assumed"
        return Redelivery(window, sweeper.worker, basis)

    def runs(self, attempt: Attempt, now: float) -> RunCount | None:
        """How many times an attempt with an ETA will have run once its ETA is past.

        Every copy that is held runs at the ETA, and every redelivery until then arms one more. None where
        nothing can be said, and for a message without an ETA: its copies run when a worker comes to them.
        """
        if attempt.eta is None:
            return None
        done = len(attempt.executions)
        armed = len(attempt.held)
        score = self.standing(attempt)
        if score is None:
            waiting = not attempt.deliveries and attempt.sent is not None
            if not waiting:
                return RunCount(done + armed, done + armed)
            # Still in its queue: it will be popped now, or when a worker comes.
            score, armed = now, 1
        if not self.sweeps.sweeping(now) and not self.sweeps.unswept:
            # Somebody may sweep that is not known yet: what is armed is the least.
            return RunCount(done + armed, done + armed, endless=True) if done + armed else None
        early, late = (self._further(score, attempt.eta, now, early=early) for early in (True, False))
        base = done + armed
        return RunCount(base + min(early, late), base + max(early, late), max(early, late) >= FURTHEST)

    def standing(self, attempt: Attempt) -> float | None:
        """The score of the entry that stands in `unacked` for an attempt; None if it has none."""
        entry = self.ledger.entry(attempt)
        if entry:
            return entry.score
        unseen = attempt.left is None and not attempt.executions and attempt.deliveries
        return attempt.deliveries[-1].at if unseen else None

    def _further(self, score: float, eta: float, now: float, *, early: bool) -> int:
        """Redeliveries from a pop until the ETA, in one consistent reading of every sweeper's phase."""
        # Few calls add up to little delay: then it is open which comes first, the sweep that is due at the
        # end of the timeout or that end, and the late reading takes the sweep after it.
        cadences = [
            (*sweeper.cadence(early=early), timeout, early or timeout >= FEW * sweeper.interval)
            for sweeper in self.sweeps.sweeping(now)
            if (timeout := self._timeout(sweeper)) is not None
        ]
        for n in range(FURTHEST):
            sweeps = []
            for first, step, timeout, in_time in cadences:
                due = max(score + timeout + (-SWEEP_TIE if in_time else TAKEN_LATE), now)
                sweeps.append(first + max(0, ceil((due - first) / step)) * step)
            if not sweeps or min(sweeps) >= eta:
                return n
            score = min(sweeps) + TAKEN
        return FURTHEST

    def _timeout(self, sweeper: Sweeper) -> float | None:
        """After how many seconds on the observer's clock an entry is too old for this sweeper: it compares
        the score with its own clock."""
        timeout = sweeper.timeout if sweeper.timeout is not None else self.ledger.hidden_for
        return timeout - self.ledger.lives.skew(sweeper.worker) if timeout is not None else None

"""The visibility timeouts: what the workers run with, and what that means for an entry of `unacked`."""

from __future__ import annotations

from lab.watch.facts import Configured, Gone, WorkerFact
from lab.watch.model.lives import Lives


class Timeouts:
    """The settings of every worker, as long as it lives. Any of them may sweep, so the smallest wins."""

    def __init__(self) -> None:
        self.configured: dict[str, Configured] = {}
        """By worker; the empty name stands for every worker of which nothing else is known."""
        self.in_force: float | None = None
        """The smallest over the workers, in seconds; None if unknown. With no worker left it stays what it
        was: that is what will be in force again."""
        self._smallest: float | None = None
        """The smallest that any worker ever had, in seconds."""

    def learn(self, fact: WorkerFact) -> bool:
        """Take one fact in. True where a sweep may now come sooner than was thought before."""
        sooner = False
        if isinstance(fact, Configured):
            self.configured[fact.worker] = fact
            timeout = fact.visibility_timeout
            if timeout is not None and (self._smallest is None or timeout < self._smallest):
                self._smallest = timeout
                sooner = True
        elif isinstance(fact, Gone):
            known = self.configured.get(fact.worker)
            if known and known.at <= fact.at:
                del self.configured[fact.worker]
        # What a worker said of itself is better than what was assumed for any.
        said = {worker: each.visibility_timeout for worker, each in self.configured.items()}
        named = [timeout for worker, timeout in said.items() if worker and timeout is not None]
        assumed = [timeout for timeout in said.values() if timeout is not None]
        self.in_force = min(named or assumed, default=self.in_force)
        return sooner

    def soonest(self, lives: Lives) -> float | None:
        """The shortest time in seconds in which a sweep may redeliver: a sweeper whose clock is ahead of
        the others' finds everything older than it is. None if no timeout is known."""
        if self._smallest is None:
            return None
        if not lives.skewed:
            return self._smallest
        return max(0.0, self._smallest - max((life.skew for life in lives), default=0.0))

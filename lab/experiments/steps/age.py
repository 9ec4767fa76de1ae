"""Ageing: entries of `unacked` that count as popped long before, since nobody waits an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lab.experiments.step import Check, StepFailed, in_background
from lab.experiments.testbed import Testbed
from lab.watch.broker.layout import Layout


@dataclass(frozen=True, slots=True)
class Age:
    """Set the scores of all entries back. A sweep then takes them for older by so much; nothing else does."""

    minutes: int

    @property
    def says(self) -> str:
        return f"put the clock of the entries in unacked back by {self.minutes} minutes"

    def begin(self, testbed: Testbed) -> Check:
        index = Layout(prefix=testbed.session.prefix).index

        def work() -> int:
            with testbed.client() as client:
                # Not ZRANGE: the watch would count it as a sweep.
                found = client.zrangebyscore(index, "-inf", "+inf", withscores=True)
                scores = dict(cast("list[tuple[bytes, float]]", found))
                if scores:
                    aged = {tag: score - self.minutes * 60 for tag, score in scores.items()}
                    # XX: what was acknowledged meanwhile must not come back.
                    client.zadd(index, aged, xx=True)
                return len(scores)

        def use(aged: int) -> None:
            if not aged:
                raise StepFailed("nothing stands in unacked that could be aged")

        return in_background(testbed, work, use)

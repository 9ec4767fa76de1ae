"""Who sweeps, and when: learned, without writing, from what can be seen of sweeps that were.

Each worker's channel counts its calls of `restore_visible` and sweeps on every Nth, N being
`unacked_restore_throttle`; calls come at connect and every `unacked_restore_interval` seconds
(`kombu.transport.redis:QoS.restore_visible`, 5.7.0). So a worker sweeps with a fixed period from a phase that
its connection set. A connection that was seen to have swept gives the phase to within a second; the server's
counters, and the first pop of what a sweep restored, sharpen it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable
from math import inf

from lab.watch.facts import (
    AnyFact,
    Configured,
    ConnectionClosed,
    ConnectionSwept,
    Consumers,
    Gap,
    Gone,
    Offline,
    Online,
    Swept,
    Totals,
    Unknown,
)
from lab.watch.model.sweeping.evidence import Evidence, HandedBack, Restore
from lab.watch.model.sweeping.phases import MISSED, Phases, Telling
from lab.watch.model.sweeping.settings import NEVER_SWEEP, Timeout, TransportSettings, bounded
from lab.watch.model.sweeping.sweeper import SLACK, Sweeper
from lab.watch.model.sweeping.window import Window

LATE = 10.0
"""Seconds by which a fact may come late and still be put where it belongs."""

OFTEN = 10.0
"""Seconds of a period below which a sweep is near whatever happens: it proves nothing."""

MOST_LOGGED = 500
"""Facts of that time that are kept for it."""


class Sweeps:
    """Every sweeper that is known, each with its phase and the timeout that it sweeps with."""

    def __init__(self, settings: TransportSettings | None = None) -> None:
        self.settings = settings or TransportSettings()
        self.consumers: int | None = None
        """Connections that wait for messages, each perhaps a sweeper's; None where nothing tells."""
        self._phases = Phases(self.settings)
        self._before = Phases(self.settings)
        """The state before the facts in the log."""
        self._log: list[tuple[float, int, Telling]] = []
        self.heard = 0
        """How many facts said something of sweeps."""
        self._evidence = Evidence()

    @property
    def sweepers(self) -> list[Sweeper]:
        return self._phases.sweepers

    def apply(self, fact: AnyFact) -> None:
        """Learn from one fact; most say nothing of sweeps."""
        match fact:
            case Configured() | Online() | Offline() | Gone():
                self._learn(fact)
            case Swept() | ConnectionSwept() | ConnectionClosed() | Totals() | Gap(source="keys"):
                self._learn(fact)
            case Consumers():
                self.consumers = fact.count
            case Unknown(source="clients") if fact.why:
                self.consumers = None

    def restored(self, at: float, age: float, tag: str) -> None:
        """An entry that was popped `age` seconds before was popped again at this time: within milliseconds of
        the sweep that restored it."""
        self._before.restored(at)
        self._phases.restored(at)
        self._evidence.restored(Restore(at, age, tag))

    def judge(self, now: float, oldest: float | None, handed_back: HandedBack) -> None:
        """Hold what sweeps put back, and what they left standing, against their timeouts. `oldest` is the
        lowest score in the index; None if nothing stands there."""
        self._evidence.judge(now, oldest, self.sweepers, handed_back)

    def sweeping(self, now: float) -> list[Sweeper]:
        """The sweepers that still do: one of which several sweeps in a row did not come is left out."""
        return [sweeper for sweeper in self.sweepers if sweeper.nth(MISSED).latest + SLACK > now]

    def timeout(self, sweeper: Sweeper, up: Collection[str]) -> Timeout:
        """After how long a sweeper puts a message back: what its worker said, within what was seen of it. Of
        one that need not be a worker's nothing counts but what was seen."""
        if self._strange(sweeper, up):
            return Timeout(sweeper.outlived, sweeper.restored, "inferred")
        options = self.settings.of(sweeper.worker) if sweeper.worker else self.settings.any(up)
        restored = sweeper.restored
        if options.timeout.ground == "known" and sweeper.period < OFTEN:
            # One of its sweeps was near by chance: what it said stands against that.
            restored = inf
        return bounded(options.timeout, sweeper.outlived, restored)

    def unseen(self, now: float, up: Collection[str]) -> int:
        """How many more may sweep than phases are known: workers that are up, or consumers of the db, less
        the sweepers that were seen to sweep or to connect."""
        able = len(self._able(up))
        consumers = self.consumers or 0
        if len(up) > able:
            # Who of the consumers never sweeps is not told apart.
            consumers = min(consumers, able)
        sweeping = self.sweeping(now)
        workers = sum(1 for each in sweeping if not self._strange(each, up))
        return max(0, able - workers, consumers - len(sweeping))

    def _able(self, up: Collection[str]) -> list[str]:
        return [name for name in up if self.settings.of(name).pool not in NEVER_SWEEP]

    def _strange(self, sweeper: Sweeper, up: Collection[str]) -> bool:
        """Whether it may be no worker's: nobody's who is known, and either it sweeps at other times than they
        do, or there are more of its kind than workers whose sweeps are not known."""
        if sweeper.worker or sweeper.strange or not up:
            return sweeper.strange
        named = {each.worker for each in self.sweepers}
        nameless = [each for each in self.sweepers if not each.worker and not each.strange]
        # One that was seen once may be a worker that connects: it runs scripts that look like sweeps.
        sure = [each for each in nameless if each.tellings != 1 or each.restored < inf]
        return any(each is sweeper for each in sure) and len(sure) > sum(
            1 for name in self._able(up) if name not in named
        )

    def strangers(self, now: float, up: Collection[str]) -> list[Sweeper]:
        """Sweepers that are no workers: a probe, a dashboard, a shell. Empty unless more sweep than workers
        are up that can; where workers' sweeps are not told apart, it may be any of those listed. One that is
        no known worker's counts only once it put something back, or swept again: a worker that connects runs
        scripts that look like sweeps (kombu 5.7)."""
        able = len(self._able(up))
        sure = (each for each in self.sweeping(now) if each.worker or each.seen > 1 or each.restored < inf)
        sweeping = list(sure)
        if len(sweeping) <= able or min(each.period for each in sweeping) < OFTEN:
            # Where somebody sweeps all the time, whoever runs any script looks like a sweeper.
            return []
        return [sweeper for sweeper in sweeping if not sweeper.worker]

    def unswept(self, up: Collection[str]) -> bool:
        """Whether every worker that is up is of a kind that never sweeps."""
        pools = {self.settings.of(name).pool for name in up}
        return bool(pools) and pools <= NEVER_SWEEP

    def next_sweep(self, now: float) -> tuple[Sweeper, Window] | None:
        """The sweep that comes next of those that are known, and whose it is; None if nobody is known to."""
        coming = [(sweeper, sweeper.after(now, 0.0, now)) for sweeper in self.sweeping(now)]
        return min(coming, key=lambda pair: pair[1].middle, default=None)

    def _learn(self, fact: Telling) -> None:
        self.heard += 1
        # On the observer's clock: a worker's own may differ.
        entry = (fact.seen or fact.at, self.heard, fact)
        late = bool(self._log) and entry[0] < self._log[-1][0]
        insort(self._log, entry, key=lambda each: each[:2])
        if late:
            seen = self.sweepers
            self._phases = self._before.copy()
            for _, _, each in self._log:
                self._phases.learn(each)
            _carry_evidence(seen, self.sweepers)
            concerned = self.sweepers
        else:
            concerned = self._phases.learn(fact)
        for sweeper in concerned:
            self._evidence.swept(sweeper.last, sweeper.key)
        kept = max(0, len(self._log) - MOST_LOGGED)
        while kept < len(self._log) and self._log[kept][0] < self._log[-1][0] - LATE:
            kept += 1
        for _, _, each in self._log[:kept]:
            self._before.learn(each)
        del self._log[:kept]


def _carry_evidence(seen: Iterable[Sweeper], again: Iterable[Sweeper]) -> None:
    """What was seen of a sweeper's timeout stays when its phase is worked out anew."""
    known = {each.key: each for each in seen}
    for sweeper in again:
        if before := known.get(sweeper.key):
            sweeper.outlived, sweeper.restored = before.outlived, before.restored

"""The phases of all sweepers: what one fact after the other, in the order of time, says of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from lab.watch.facts import Configured, ConnectionClosed, ConnectionSwept, Gone, Offline, Online, Swept
from lab.watch.model.sweeping.settings import NEVER_SWEEP, TransportSettings
from lab.watch.model.sweeping.sweeper import SLACK, Sweeper, Window

REPOP = 0.05
"""Seconds between a sweep and the first pop of what it restored, at most, with an idle worker: 5 ms usual."""

CONNECT = 1.2
"""Seconds by which `worker-online` follows the sweep at connect, at most: 0.005 to 1.03 were measured."""

OPENED = 2.5
"""Seconds by which a worker's `worker-online` may differ from the time at which the connection that sweeps
was opened: whole seconds of `CLIENT LIST`, and the time that a worker needs to come up."""

MISSED = 3
"""Expected sweeps in a row that were not seen, after which nobody is thought to sweep in that phase."""

MOST_SWEEPERS = 256
"""Phases that are followed at once; further ones are not."""

RESTORED = 64
"""Pops of restored messages that are kept, to sharpen a sweep that is learned of after them."""

COUNTED = 64
"""Readings of the server's counters that are kept, to sharpen a sweep that is learned of after them."""

Telling: TypeAlias = Configured | Online | Offline | Gone | Swept | ConnectionSwept | ConnectionClosed
"""The facts that say something of sweeps."""


class Phases:
    """Every sweeper that is known, each with its phase. Facts come in the order of time.

    A sweeper is believed where a worker came online, where a connection was seen to have swept, or where a
    sweep put something back that is watched. The server's counters count everybody's commands: they sharpen a
    sweep that is known of, and begin none by themselves.
    """

    def __init__(self, settings: TransportSettings) -> None:
        self.sweepers: list[Sweeper] = []
        self._settings = settings
        self._counted: deque[Window] = deque(maxlen=COUNTED)
        self._pops: deque[float] = deque(maxlen=RESTORED)
        self._ownerless: deque[Window] = deque(maxlen=COUNTED)
        """Sweeps that the counters saw and nobody was expected to make."""

    def copy(self) -> Phases:
        """The same state, to be changed apart."""
        other = Phases(self._settings)
        other.sweepers = [replace(sweeper) for sweeper in self.sweepers]
        other._counted, other._pops = self._counted.copy(), self._pops.copy()
        other._ownerless = self._ownerless.copy()
        return other

    def learn(self, fact: Telling) -> None:
        """Learn from one fact."""
        match fact:
            case Configured():
                if fact.pool in NEVER_SWEEP:
                    # It was expected to, because it came online, before it said of which kind it is.
                    self.sweepers = [
                        each for each in self.sweepers if each.worker != fact.worker or each.seen
                    ]
                for sweeper in self.sweepers:
                    self._settle(sweeper)
            case Online():
                self._connected(fact)
            case Offline() | Gone():
                self.sweepers = [each for each in self.sweepers if each.worker != fact.worker]
            case ConnectionSwept():
                self._connection_swept(fact)
            case ConnectionClosed():
                self._closed(fact.connection)
            case Swept():
                self._counters_moved(fact)

    def restored(self, at: float) -> None:
        """A message was popped again at this time: within milliseconds of the sweep that restored it."""
        self._pops.append(at)
        if self._sharpen(at):
            return
        for seen in self._ownerless:
            if seen.earliest <= at <= seen.latest + REPOP:
                self._begin_restorer(seen, at)
                return

    def _settle(self, sweeper: Sweeper) -> None:
        """Give a sweeper its period: its worker's, or that on which all agree. What was measured stays,
        unless somebody says better."""
        options = self._settings.of(sweeper.worker) if sweeper.worker else self._settings.any(())
        if options.ground == "known" or sweeper.ground != "inferred":
            sweeper.interval, sweeper.throttle, sweeper.ground = (
                options.interval,
                options.throttle,
                options.ground,
            )
            sweeper.spread = 0.0

    def _begin(self, sweeper: Sweeper) -> None:
        if len(self.sweepers) >= MOST_SWEEPERS:
            return
        self._settle(sweeper)
        self.sweepers.append(sweeper)

    def _connected(self, fact: Online) -> None:
        """A connection resets the phase; the sweep at connect may have been seen already."""
        if self._settings.of(fact.worker).pool in NEVER_SWEEP:
            return
        # On the observer's clock: the worker's own may differ.
        at = fact.seen or fact.at
        at_connect = Window(at - CONNECT, at)
        self.sweepers = [each for each in self.sweepers if each.worker != fact.worker]
        for sweeper in self.sweepers:
            if not sweeper.worker and sweeper.seen == 1 and (seen := at_connect.overlap(sweeper.last)):
                sweeper.worker, sweeper.last, sweeper.seen, sweeper.online = fact.worker, seen, 0, at
                self._settle(sweeper)
                return
        for counted in reversed(self._counted):
            if seen := at_connect.overlap(counted):
                at_connect = seen
                break
        self._begin(Sweeper(fact.worker, at_connect, 0.0, 1, online=at))

    def _connection_swept(self, fact: ConnectionSwept) -> None:
        """The sweep of one connection: whose it is follows from its number, from when the connection was
        opened, or from a sweep that was expected just then."""
        seen = self._sharpened(Window(fact.since, fact.at))
        sweeper = self._by_connection(fact, seen)
        if sweeper is None:
            first = Sweeper("", seen, 0.0, 1, seen=1, connection=fact.connection)
            first.address, first.name = fact.address, fact.name
            self._begin(first)
            return
        sweeper.connection, sweeper.address, sweeper.name = fact.connection, fact.address, fact.name
        if same := sweeper.last.overlap(seen):
            # The one that is known already, or the one at connect, which says when that was.
            sweeper.last = same
        elif seen.latest < sweeper.last.earliest:
            # An earlier one, told late: what is known since is worth more.
            return
        elif nearest := sweeper.nearest(seen):
            sweeper.swept(nearest[1])
        elif not _fast(sweeper):
            sweeper.swept(seen)

    def _by_connection(self, fact: ConnectionSwept, seen: Window) -> Sweeper | None:
        for sweeper in self.sweepers:
            if sweeper.connection == fact.connection:
                return sweeper
        free = [each for each in self.sweepers if each.connection is None]
        opened = [each for each in free if abs(each.online - fact.connected) <= OPENED]
        if opened:
            # Workers sweep over the connection that they opened when they came up.
            return min(opened, key=lambda each: abs(each.online - fact.connected))
        candidates = free
        found = [(near[0], n) for n, each in enumerate(candidates) if (near := each.nearest(seen))]
        found += [
            (abs(each.last.middle - seen.middle), n)
            for n, each in enumerate(candidates)
            if not each.seen and each.last.widened(SLACK).overlap(seen)
        ]
        return candidates[min(found)[1]] if found else None

    def _sharpened(self, seen: Window) -> Window:
        """The sweep's time as the server's counters saw it, where only one of their moves can be it; and as
        the first pop of what it restored did."""
        moves = [narrow for counted in self._counted if (narrow := seen.overlap(counted))]
        if len(moves) == 1:
            seen = moves[0]
        for at in self._pops:
            if narrow := seen.overlap(Window(at - REPOP, at)):
                return narrow
        return seen

    def _closed(self, connection: int) -> None:
        """A worker goes on over another connection; of anybody else nothing is left."""
        for sweeper in self.sweepers:
            if sweeper.connection == connection:
                sweeper.connection = None
        self.sweepers = [each for each in self.sweepers if each.worker or each.connection is not None]

    def _counters_moved(self, fact: Swept) -> None:
        """Find each sweep its worker: the one of which it was expected."""
        seen = Window(fact.since, fact.at)
        self._counted.append(seen)
        free = list(self.sweepers)
        for _ in range(min(fact.count, MOST_SWEEPERS)):
            if known := next((each for each in free if each.last.overlap(seen)), None):
                # Its connection told of it before the counters did.
                known.last = known.last.overlap(seen) or known.last
                free.remove(known)
                continue
            found = min(
                ((near[0], n, near[1]) for n, each in enumerate(free) if (near := each.nearest(seen))),
                default=None,
            )
            if found:
                _, n, at = found
                free[n].swept(at)
                del free[n]
            elif not _at_connect(seen, free):
                self._ownerless.append(seen)
                break
        for pop in self._pops:
            if fact.since <= pop <= fact.at + REPOP:
                self._sharpen(pop)
        self.sweepers = [each for each in self.sweepers if each.nth(MISSED).latest + SLACK > fact.at]

    def _sharpen(self, pop: float) -> bool:
        """Date the sweep that a pop followed; whether there is one that it may have followed."""
        just_before = Window(pop - REPOP, pop)
        for sweeper in self.sweepers:
            if narrow := sweeper.last.overlap(just_before):
                if sweeper.last.error > REPOP:
                    sweeper.last = narrow
                return True
        return False

    def _begin_restorer(self, seen: Window, pop: float) -> None:
        """A sweep that nobody was expected to make, and that put back what was popped right after it: so it
        was one of this deployment's."""
        self._ownerless.remove(seen)
        at = seen.overlap(Window(pop - REPOP, pop)) or seen
        self._begin(Sweeper("", at, 0.0, 1, seen=1))


def _fast(sweeper: Sweeper) -> bool:
    """Whether it sweeps too often for `CLIENT LIST`, whose times are whole seconds, to tell sweeps apart."""
    return sweeper.period < 3.0


def _at_connect(seen: Window, free: Iterable[Sweeper]) -> bool:
    """Whether this was the sweep that a worker makes at connect, which then says when that was."""
    for sweeper in free:
        if not sweeper.seen and sweeper.last.error > SLACK and (at := sweeper.last.overlap(seen)):
            sweeper.last = at
            return True
    return False

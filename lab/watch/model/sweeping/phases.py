"""The phases of all sweepers: what one fact after the other, in the order of time, says of them.

A sweeper is believed where a worker came online, where a connection was seen to have swept, or where a sweep
put something back that is watched. The server's counters count everybody's commands: they sharpen a sweep
that is known of, and begin none by themselves. A phase is a window that holds its sweeper's last sweep for
certain: it is made narrower only by what can be nobody else's doing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import inf
from typing import TypeAlias

from lab.watch.facts import (
    Configured,
    ConnectionClosed,
    ConnectionSwept,
    Gap,
    Gone,
    Offline,
    Online,
    Swept,
    Totals,
)
from lab.watch.model.sweeping.connections import sweeper_of
from lab.watch.model.sweeping.moves import Moves
from lab.watch.model.sweeping.settings import NEVER_SWEEP, Options, TransportSettings
from lab.watch.model.sweeping.sweeper import SLACK, Sweeper
from lab.watch.model.sweeping.window import Window
from lab.watch.sweep_options import DEFAULT_INTERVAL, DEFAULT_THROTTLE

REPOP = 0.03
"""Seconds between a sweep and the first pop of what it restored, at most, with an idle worker: 0.6 to 7.5 ms
were measured [celery 5.7.0]."""

CONNECT = 1.2
"""Seconds by which `worker-online` follows the sweep at connect, at most: 0.005 to 1.03 were measured."""

LATE = 5.0
"""Seconds by which an event may come late; a time before that is by another clock."""

MISSED = 3
"""Expected sweeps in a row that were not seen, after which nobody is thought to sweep in that phase."""

SILENT = 10.0
"""Seconds beyond that, after which a connection that is not said to have swept again did not."""

MOST_SWEEPERS = 256
"""Phases that are followed at once; further ones are not."""

RESTORED = 64
"""Pops of restored messages that wait for the counters to be read beyond them."""

Telling: TypeAlias = (
    Configured | Online | Offline | Gone | Swept | ConnectionSwept | ConnectionClosed | Totals | Gap
)
"""The facts that say something of sweeps; `Totals` comes with each reading of the counters."""


class Phases:
    """Every sweeper that is known, each with its phase. Facts come in the order of time."""

    def __init__(self, settings: TransportSettings) -> None:
        self.sweepers: list[Sweeper] = []
        self._settings = settings
        self._moves = Moves()
        self._pops: deque[float] = deque(maxlen=RESTORED)
        self._strange: deque[int] = deque(maxlen=MOST_SWEEPERS)
        """Connections that did not sweep as the workers do."""
        self._quiet = -inf
        """Until when readings of the counters say nothing of anybody, unless something else is heard."""

    def copy(self) -> Phases:
        """The same state, to be changed apart."""
        other = Phases(self._settings)
        other.sweepers = [replace(sweeper) for sweeper in self.sweepers]
        other._moves, other._pops = self._moves.copy(), self._pops.copy()
        other._strange = self._strange.copy()
        return other

    def learn(self, fact: Telling) -> list[Sweeper]:
        """Learn from one fact. Returns the sweepers of which it may have said something."""
        match fact:
            case Swept():
                since = min(fact.since, self._moves.read)
                self._moves.moved(Window(fact.since, fact.at))
                return self._counters_read(since, fact.at)
            case Totals():
                since = self._moves.read
                self._moves.reading(fact.at)
                return self._counters_read(since, fact.at)
            case Configured():
                if fact.pool in NEVER_SWEEP:
                    # It was expected to, because it came online, before it said of which kind it is.
                    self.sweepers = [
                        each for each in self.sweepers if each.worker != fact.worker or each.seen
                    ]
                for sweeper in self.sweepers:
                    # Of somebody who is not known the settings follow from everybody's.
                    if not (fact.worker and sweeper.worker) or sweeper.worker == fact.worker:
                        self._settle(sweeper)
            case Online():
                self._connected(fact)
            case Offline() | Gone():
                self.sweepers = [each for each in self.sweepers if each.worker != fact.worker]
            case ConnectionSwept():
                self._connection_swept(fact)
            case ConnectionClosed():
                self._closed(fact.connection)
            case Gap():
                self._moves.blind(fact.since, fact.at)
        self._quiet = -inf
        for sweeper in self.sweepers:
            sweeper.quiet = -inf
        return self.sweepers

    def restored(self, at: float) -> None:
        """A message was popped again at this time: within milliseconds of the sweep that restored it."""
        self._pops.append(at)

    def _settle(self, sweeper: Sweeper) -> None:
        """Give a sweeper its period: its worker's, or that on which all agree. What was measured stays,
        unless somebody says better; of a stranger nobody can."""
        if sweeper.strange:
            return
        options = self._options(sweeper)
        if options.ground == "known" or sweeper.ground != "inferred":
            sweeper.interval, sweeper.throttle, sweeper.ground = (
                options.interval,
                options.throttle,
                options.ground,
            )
            sweeper.spread = 0.0

    def _options(self, sweeper: Sweeper) -> Options:
        return self._settings.of(sweeper.worker) if sweeper.worker else self._settings.any(())

    def _begin(self, sweeper: Sweeper) -> None:
        if len(self.sweepers) < MOST_SWEEPERS:
            self._settle(sweeper)
            self.sweepers.append(sweeper)

    def _connected(self, fact: Online) -> None:
        """A connection resets the phase; the sweep at connect may have been seen already."""
        if self._settings.of(fact.worker).pool in NEVER_SWEEP:
            return
        # On the observer's clock: the worker's own may differ. A word that came late, too.
        at = fact.seen or fact.at
        at_connect = Window(max(min(at, fact.at), at - LATE) - CONNECT, at)
        self.sweepers = [each for each in self.sweepers if each.worker != fact.worker]
        for sweeper in self.sweepers:
            if not sweeper.worker and sweeper.seen == 1 and (seen := at_connect.overlap(sweeper.last)):
                sweeper.worker, sweeper.last, sweeper.seen, sweeper.online = fact.worker, seen, 0, at
                self._settle(sweeper)
                return
        self._begin(Sweeper(fact.worker, self._moves.within(at_connect) or at_connect, 0.0, 1, online=at))

    def _connection_swept(self, fact: ConnectionSwept) -> None:
        """The sweep of one connection: whose it is follows from its number, from when the connection was
        opened, or from a sweep that was expected just then."""
        told = Window(fact.since, fact.at)
        sweeper = sweeper_of(fact, told, self.sweepers)
        if sweeper is None:
            sweeper = Sweeper("", self._moves.within(told) or told, 0.0, 1, seen=1)
            sweeper.connection = fact.connection
            if fact.connection in self._strange:
                _estrange(sweeper)
            self._begin(sweeper)
        else:
            self._place(sweeper, told)
        sweeper.connection, sweeper.address, sweeper.name = fact.connection, fact.address, fact.name
        sweeper.told, sweeper.tellings = fact.seen or fact.at, sweeper.tellings + 1

    def _place(self, sweeper: Sweeper, told: Window) -> None:
        """It swept within this window, once: which of its sweeps that was, and what that says of its time."""
        fits = sweeper.sweeps_in(told)
        if len(fits) == 1:
            n, expected = fits[0]
            seen = expected.overlap(told) or told
        else:
            # None is expected there, or several are: then nothing but what was told is certain.
            n = 1 if told.earliest > sweeper.last.latest else 0
            if fits and told.error >= min(each.error for _, each in fits):
                return
            seen = told
        if n < 0:
            # An earlier one, told late: what is known since is worth more.
            return
        seen = self._moves.within(seen) or seen
        if not sweeper.worker and not fits:
            _estrange(sweeper)
        if n == 0:
            sweeper.last = seen
        else:
            sweeper.swept(seen)

    def _closed(self, connection: int) -> None:
        """A worker goes on over another connection; of anybody else nothing is left."""
        for sweeper in self.sweepers:
            if sweeper.connection == connection:
                sweeper.connection = None
        self.sweepers = [each for each in self.sweepers if each.worker or each.connection is not None]

    def _counters_read(self, since: float, at: float) -> list[Sweeper]:
        """What moved until now is known, and no more than it was of what moved before `since`: date the
        sweeps that can have been made until then. Returns the sweepers that it may concern; linear in
        these, and in all of them where there is one."""
        concerned: list[Sweeper] = []
        for sweeper in self.sweepers if self._quiet <= at else ():
            if sweeper.quiet <= at or sweeper.last.latest >= since:
                sweeper.last = self._moves.within(sweeper.last) or sweeper.last
                self._follow(sweeper)
                concerned.append(sweeper)
        while self._pops and self._pops[0] + SLACK <= self._moves.read:
            concerned += self._popped(self._pops.popleft())
        for sweeper in concerned:
            own = not sweeper.worker and sweeper.connection is not None
            dead = sweeper.nth(MISSED).latest + SLACK
            # Where somebody sweeps all the time, the counters confirm whatever is expected.
            silent = sweeper.told + MISSED * sweeper.period + SILENT if own else inf
            if min(dead, silent) <= at:
                self._end(sweeper)
                if dead <= at and own and sweeper.connection is not None:
                    self._strange.append(sweeper.connection)
            elif sweeper.strange:
                sweeper.quiet = min(dead, silent)
            else:
                sweeper.quiet = min(dead, silent, sweeper.nth(sweeper.missed + 1).latest)
        if concerned or self._quiet <= at:
            # One that swept just now concerns the next reading, too.
            fresh = any(each.last.latest >= self._moves.read for each in self.sweepers)
            self._quiet = -inf if fresh else min((each.quiet for each in self.sweepers), default=inf)
        return concerned

    def _end(self, sweeper: Sweeper) -> None:
        self.sweepers = [each for each in self.sweepers if each is not sweeper]

    def _follow(self, sweeper: Sweeper) -> None:
        """Take each sweep of it that was due by now: it moved the counters when it came. When a stranger's is
        due is known too badly for that."""
        if sweeper.strange:
            return
        late = min(SLACK, sweeper.period / 4)
        # Who missed so many is given up: where a clock jumped by years, there would be millions of them.
        while (
            sweeper.missed <= MISSED and (due := sweeper.nth(sweeper.missed + 1)).latest <= self._moves.read
        ):
            known = self._moves.complete(due)
            if known and (seen := self._moves.within(due)):
                sweeper.swept(seen)
                continue
            if due.latest + late > self._moves.read:
                return
            delayed = Window(due.earliest, due.latest + late)
            if known and (seen := self._moves.within(delayed)):
                sweeper.swept(seen)
            else:
                sweeper.missed += 1

    def _popped(self, pop: float) -> list[Sweeper]:
        """Date the sweep that a pop followed; where nobody is known who may have made it, somebody is now.
        Returns whom it concerns."""
        just_before = Window(pop - REPOP, pop)
        moves = self._moves.overlapping(just_before)
        able = [each for each in self.sweepers if each.sweeps_in(just_before)]
        seen = [each.last.overlap(just_before) for each in able]
        alike = len({(each.interval, each.throttle, self._options(each).timeout) for each in able}) == 1
        if able and all(seen) and len(moves) <= 1 and alike:
            latest = max(each.last.latest for each in able)
            for sweeper in able:
                sweeper.popped(pop, latest - sweeper.last.latest)
            if len(able) == 1 and seen[0] is not None:
                able[0].last = seen[0]
            return able
        if moves and not any(each.sweeps_in(just_before.widened(SLACK)) for each in self.sweepers):
            self._begin(Sweeper("", just_before.overlap(moves[-1]) or just_before, 0.0, 1, seen=1))
            return self.sweepers[-1:]
        return []


def _estrange(sweeper: Sweeper) -> None:
    """It is no worker's: what it runs with is known from nothing but what it does."""
    if not sweeper.strange:
        sweeper.strange, sweeper.ground = True, "assumed"
        sweeper.interval, sweeper.throttle, sweeper.spread = DEFAULT_INTERVAL, DEFAULT_THROTTLE, 0.0

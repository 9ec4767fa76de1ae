"""Which connections swept, judged from looks at `CLIENT LIST`. It knows no socket and reads no clock.

A sweep ends with the release of its mutex, a script: `cmd=evalsha`. A script is no proof of a sweep, though:
kombu 5.7 runs one every 60 s on each connection pool of an expiring queue, to prune bindings
(`kombu.transport.redis:Channel.sweep_bindings`), and an app's own locks are scripts too. So a script counts
only if, between the two looks around it, the server was asked for the index (ZRANGE, or ZREVRANGEBYSCORE
before kombu 5.7), took a lock (SET) and released one (DEL), for every such script that could be a sweep. One
that nobody could count, at the first look, or of which only some were sweeps, waits until it can be nothing
else; so does the first script of a connection while the server ran more scripts than there were sweeps, as it
does where workers come up: each of their connections begins with one, and one connection sweeps twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.watch.facts import ConnectionClosed, ConnectionSwept
from lab.watch.sources.clients.client_list import Connection, Look
from lab.watch.sources.command_counts import Counts

LAG = 0.11
"""Seconds by which a server's clock of whole seconds may be late: its timer runs ten times a second."""

PRUNING = 62
"""Seconds of idleness after which a worker's script was none of those that prune bindings every 60 s
(`kombu.transport.redis:BINDING_SWEEP_INTERVAL`)."""

SIBLING = 2
"""Seconds between the opening of the connection on which a worker waits and of the one on which it sweeps."""

OF_A_SWEEP = 3
"""Commands of one sweep at least: SET, ZRANGE, EVALSHA; scripts that prune bindings come alone."""

MOST = 4_096
"""Connections that are followed."""

REMEMBERED = 240
"""Looks that are remembered: two minutes."""


@dataclass(slots=True)
class Seen:
    """What is known of a connection that was seen to run a script. `second`: when it did last, in seconds
    since our own connection was opened."""

    second: int
    look: Look
    connection: Connection
    first: bool = True
    """Whether but one script of it was seen."""
    swept: bool = False
    told: bool = False
    """Whether it was told that it swept."""
    other: bool = False
    """A script of it was seen that was no sweep."""
    waiting: tuple[int, float] | None = None
    """When it ran the script that may have been a sweep: in which second, and before which time."""

    def refute(self) -> None:
        """A script of it was no sweep, so others need not be."""
        self.other, self.swept, self.waiting = True, False, None


@dataclass(frozen=True, slots=True)
class Script:
    """A script that is new in this look, and between when and when it ran."""

    seen: Seen
    since: float
    at: float
    counted: int | None
    """How many sweeps the server may have carried out then; None where nobody counted."""
    told: int
    """How many of them are known to be others'."""
    crowded: bool
    """Whether the server ran more scripts then."""


class Sightings:
    """Takes looks in, gives out what they show. Cost of a look: linear in its connections."""

    def __init__(self, db: int, pruned: bool) -> None:
        self.db = db
        self.pruned = pruned
        """Whether somebody may prune bindings; to be kept up to date: who may comes when he likes."""
        self.seen: dict[int, Seen] = {}
        self.full = False
        """Whether more connections run scripts than are followed."""
        self._looks: deque[Look] = deque(maxlen=REMEMBERED)
        self._told: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._whole: Look | None = None
        """The last look at all connections."""
        self._waiting: set[tuple[str, int]] = set()
        """Where connections of this db that wait for messages come from, and in which second they came."""
        self._low, self._high = float("-inf"), float("inf")
        """Between when and when our own connection's first whole second began, on the observer's clock."""

    @property
    def followed(self) -> list[int]:
        """The connections that may sweep again."""
        return [each for each, seen in self.seen.items() if seen.swept or not seen.other]

    def take(
        self, look: Look, asked: Sequence[int], whole: bool
    ) -> Iterator[ConnectionSwept | ConnectionClosed]:
        """What one look shows, at the connections `asked` among others; `whole`: at all there are."""
        self._settle_clock(look)
        if whole:
            self._waiting = {
                (each.host, look.age - each.age)
                for each in look.connections.values()
                if each.command == "brpop" and each.db == self.db
            }
        for each in asked:
            if each not in look.connections and (gone := self.seen.pop(each, None)) and gone.told:
                yield ConnectionClosed(at=look.got, seen=look.got, connection=each)
        scripts = list(self._scripts(look))
        self._looks.append(look)
        if whole:
            self._whole = look
        rivals = [script for script in scripts if not self._refuted(script)]
        sweepers = [script for script in rivals if script.seen.swept]
        for script in rivals:
            if script.counted is None:
                script.seen.waiting = script.seen.second, look.got
                continue
            left = script.counted - script.told
            if script.crowded and script.seen.first:
                script.seen.waiting = script.seen.second, look.got
            elif len(rivals) <= left or (script.seen.swept and len(sweepers) <= left):
                yield from self._claim(script, look)
            elif not script.seen.swept and len(sweepers) < left:
                # Some of these were sweeps: which, the next ones tell.
                script.seen.waiting = script.seen.second, look.got
        yield from self._certain(look)

    def _settle_clock(self, look: Look) -> None:
        low, high = look.sent - look.age - 1 - LAG, look.got - look.age
        self._low, self._high = max(self._low, low), min(self._high, high)
        if self._low > self._high:
            # A clock was set.
            self._low, self._high = low, high

    def _scripts(self, look: Look) -> Iterator[Script]:
        for each in look.connections.values():
            seen = self.seen.get(each.id)
            if each.command != "evalsha":
                if seen is not None and seen.swept:
                    seen.look, seen.connection = look, each
                elif seen is not None:
                    del self.seen[each.id]
                continue
            second = look.age - each.idle
            if seen is None and len(self.seen) >= MOST:
                self.full = True
            elif seen is None:
                seen = self.seen[each.id] = Seen(second, look, each)
                # It had run none when all were looked at before.
                yield self._script(seen, look, self._whole)
            elif second > seen.second:
                before, lone = seen.look, self._alone(seen.connection, each)
                seen.second, seen.look, seen.connection, seen.first = second, look, each, False
                if lone:
                    seen.refute()
                else:
                    yield self._script(seen, look, before)
            else:
                seen.look, seen.connection = look, each

    @staticmethod
    def _alone(before: Connection, now: Connection) -> bool:
        """Whether too few commands came with the script for a sweep."""
        if before.commands is None or now.commands is None:
            return False
        return now.commands - before.commands < OF_A_SWEEP

    def _script(self, seen: Seen, look: Look, before: Look | None) -> Script:
        since = max(self._low + seen.second, before.sent if before else float("-inf"))
        at = max(since, min(self._high + seen.second + 1 + LAG, look.got))
        counts = before.before if before else None
        for each in reversed(self._looks):
            if each.got <= since:
                counts = each.after if before is None or each.sent > before.sent else counts
                break
        told = sum(1 for told_since, told_at in self._told if told_at > since and told_since < at)
        counted = self._counted(counts, look)
        crowded = counts is not None and counted is not None and look.after.scripts - counts.scripts > counted
        return Script(seen, since, at, counted, told, crowded)

    @staticmethod
    def _counted(counts: Counts | None, look: Look) -> int | None:
        counted = -1 if counts is None else look.after.sweeps_since(counts)
        # Less than before: somebody reset the statistics.
        return counted if counted >= 0 else None

    @staticmethod
    def _refuted(script: Script) -> bool:
        if script.counted == 0:
            script.seen.refute()
        return script.seen.other and not script.seen.swept

    def _claim(self, script: Script, look: Look) -> Iterator[ConnectionSwept]:
        seen = script.seen
        seen.swept = True
        # It ran before this look's list was made, which is not when that arrived.
        self._told.append((script.since, min(script.at, look.sent)))
        yield from self._waited(seen, look)
        if self._ours(seen):
            seen.told = True
            yield self._fact(seen.connection, script.since, script.at, look)

    def _waited(self, seen: Seen, look: Look) -> Iterator[ConnectionSwept]:
        """The script that waited, if there was one: its second is known better by now."""
        if seen.waiting and self._ours(seen):
            second, before = seen.waiting
            since = self._low + second
            at = max(since, min(self._high + second + 1 + LAG, before))
            yield self._fact(seen.connection, since, at, look)
        seen.waiting = None

    def _ours(self, seen: Seen) -> bool:
        return seen.connection.db == self.db

    @staticmethod
    def _fact(each: Connection, since: float, at: float, look: Look) -> ConnectionSwept:
        return ConnectionSwept(
            at=at,
            seen=look.got,
            connection=each.id,
            since=since,
            connected=look.got - each.age,
            address=each.address,
            name=each.name,
        )

    def _certain(self, look: Look) -> Iterator[ConnectionSwept]:
        """Scripts that waited, and that can be nothing but sweeps by now: a worker's, opened with the
        connection on which it waits, and too long ago for one that prunes bindings."""
        for each in look.connections.values():
            seen = self.seen.get(each.id)
            if seen is None or seen.waiting is None or seen.other or not self._ours(seen):
                continue
            opened = look.age - each.age
            worker = any(
                (each.host, opened + apart) in self._waiting for apart in range(-SIBLING, SIBLING + 1)
            )
            if worker and (not self.pruned or each.idle > PRUNING):
                seen.swept = seen.told = True
                yield from self._waited(seen, look)

"""The ledger: takes facts in, draws up the accounts that they touch, and counts.

It knows what happened to each message, and nothing of sweeps or of what will happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Reversible
from itertools import islice

from msgspec import structs

from lab.watch import facts
from lab.watch.model.accounts.account import Account, Attempt, Execution
from lab.watch.model.accounts.counts import Counts, counts_of
from lab.watch.model.accounts.duplicate_feed import Feed
from lab.watch.model.accounts.history import History
from lab.watch.model.accounts.kept import Accounts, OpenAccounts
from lab.watch.model.doubts import Doubts
from lab.watch.model.entries import Entries, Entry, EntryFact
from lab.watch.model.event_silence import Silence
from lab.watch.model.histories import Histories
from lab.watch.model.lives import LIVES_IN_ALL, Lives
from lab.watch.model.memory import REMEMBERED, Memory
from lab.watch.model.sight import Sight
from lab.watch.model.source_health import SourceHealth
from lab.watch.model.sweeping.settings import TransportSettings
from lab.watch.model.whereabouts import Balance, Whereabouts

HEARD = frozenset({"events", "keys"})
"""The sources without which nothing is watched."""

MOST_UNKNOWN = 64
"""Things that are unknown, and named; the first ones give way."""

SAME_POP = 0.1
"""Seconds by which two words of one pop may differ."""

MOST_EARLY = 32
"""Deliveries that came too early for any sweep that is known, and are remembered."""

EARLY_MATTERS = 600.0
"""Seconds for which one of them says that somebody may sweep with a smaller timeout."""


class Ledger:
    """The model of what happened. `apply` takes facts in any order; `settle` draws up what changed."""

    def __init__(self, remembered: int = REMEMBERED, settings: TransportSettings | None = None) -> None:
        self.settings = settings or TransportSettings()
        self.lives = Lives()
        self.sight = Sight()
        self._early: dict[tuple[str, float], float] = {}
        self.whereabouts = Whereabouts()
        self.counts = Counts()
        self.health: dict[str, SourceHealth] = {}
        self.totals = facts.Totals(at=0.0)
        self.mutex_since: float | None = None
        """Since when the sweeps' lock was seen held at every reading, on the observer's clock."""
        self.queued_since: float | None = None
        """Since when messages were seen to wait in queues at every reading, on the observer's clock."""
        self.server: facts.Server | None = None
        self.memory: facts.ServerMemory | None = None
        self._refused_before: int | None = None
        self.unknown: dict[str, str] = {}
        """What a source may not, or cannot, look at, to why in one clause."""
        self.unreadable = 0
        self.last_unreadable = ""
        self.foreign = 0
        """Events of kinds that Celery does not have: an app's own."""
        self.reached = False
        """Whether the broker was ever read, or heard."""
        self.version = 0
        """Grows with every change that a reader could see."""
        self.silence = Silence()
        self._entries = Entries()
        self._doubts = Doubts()
        self._feed = Feed()
        self._memory = Memory(remembered, self._doubts)
        self._histories = Histories(self._memory, self._doubts)
        self.accounts = Accounts(self._histories.all)
        self._open = OpenAccounts(self._histories.all)

    def apply(self, fact: facts.AnyFact) -> None:
        """Take one fact in. Facts out of order within a few seconds, or repeated, add up to the same."""
        if isinstance(fact, facts.TaskFact):
            self.take(fact)
            return
        match fact:
            case facts.WorkerFact():
                self.lives.apply(fact)
                if isinstance(fact, facts.Heartbeat) and fact.active == 0:
                    # What ran there ended, with a word or without one.
                    self._histories.redraw_running(fact.worker)
                if self.settings.apply(fact):
                    # What was too soon for a sweep before may not be so now.
                    self._histories.redraw_repeated()
            case facts.Payload():
                self.silence.named(fact)
                self._name(fact)
            case facts.Popped():
                self.silence.popped(fact)
                self._entries.pop(fact)
                self._belongs(fact)
            case facts.Left():
                self._entries.remove(fact.tag, fact.seen)
                self._belongs(fact)
            case facts.Aged():
                self._entries.age(fact)
                self._belongs(fact)
            case facts.Unwatched():
                self._entries.remove(fact.tag, fact.seen)
            case facts.Nowhere():
                self._histories.note(fact.id, fact)
            case facts.ServerMemory():
                self.memory = fact
                if self._refused_before is None:
                    self._refused_before = fact.refused
            case facts.Totals():
                self.sight.apply(fact)
                self.mutex_since = (self.mutex_since or fact.at) if fact.mutex else None
                self.queued_since = (self.queued_since or fact.at) if fact.queued else None
                same = structs.replace(self.totals, at=fact.at, seen=fact.seen) == fact
                self.totals = fact
                if same:
                    return
            case facts.Server():
                self.sight.apply(fact)
                self.server = fact
            case facts.DataLost():
                self._doubts.lost(fact)
            case facts.Connecting():
                self.health.setdefault(fact.source, SourceHealth(False, fact.at))
            case facts.Connected():
                self.reached = self.reached or fact.source in HEARD
                self.sight.apply(fact)
                self.silence.connected(fact)
                self.health[fact.source] = SourceHealth(True, fact.at)
            case facts.Disconnected():
                self.sight.apply(fact)
                self.health[fact.source] = SourceHealth(False, fact.at, fact.why)
            case facts.Gap():
                self.sight.apply(fact)
                self._doubts.gap(fact)
            case facts.Unknown():
                self.sight.apply(fact)
                self.silence.unknown(fact)
                if fact.why:
                    self.unknown[fact.what] = fact.why
                    if len(self.unknown) > MOST_UNKNOWN:
                        del self.unknown[next(iter(self.unknown))]
                else:
                    self.unknown.pop(fact.what, None)
            case facts.Unreadable() if fact.foreign:
                self.foreign += 1
            case facts.Unreadable():
                self.unreadable += 1
                self.last_unreadable = fact.why
        self.version += 1

    def take(self, fact: facts.AnyTaskFact) -> None:
        """Take in a fact about a task: most facts by far, so this is `apply` without its questions."""
        self.version += 1
        if type(fact) is facts.Received:
            self.silence.received(fact)
            if fact.pid:
                # One in three events is enough to know that a worker lives, and how its clock goes.
                self.lives.hear(fact.worker, fact.pid, fact.at, fact.seen)
        self._histories.note(fact.id, fact)

    def settle(self) -> list[Account]:
        """Draw up every account that new facts touch, and return those accounts."""
        for worker in self.lives.changed():
            self._histories.redraw_dependents(worker)
            self.version += 1
        soonest = self.settings.soonest(self.lives.most_ahead)
        changed = self._histories.changed.values()
        drawn = [self._settle(history, soonest) for history in changed]
        self._histories.changed.clear()
        self._doubts.look(self._open, self.lives.latest_seen)
        self._forget()
        return drawn

    @property
    def doubts(self) -> list[str]:
        """Why the counts may be incomplete, one clause each; empty means that nothing speaks against them."""
        clauses = self._doubts.clauses()
        for name, source in self.health.items():
            if not source.up:
                clauses.append(f"{name}: {source.why or 'not reached yet'}")
        clauses += [f"{what}: {why}" for what, why in self.unknown.items() if what in facts.COUNTED]
        if self.unreadable:
            clauses.append(f"{self.unreadable:,} could not be read, the last: {self.last_unreadable}")
        if self.lives.forgotten:
            clauses.append(f"more than {LIVES_IN_ALL:,} worker processes: those beyond are not followed")
        if silence := self.event_silence(self.totals.at):
            clauses.append(f"{silence}: runs cannot be seen")
        if self.silence.unheard(self.totals.at):
            clauses.append(
                "messages were taken of which no event tells (workers without -E): runs may be missed"
            )
        if self.silence.keys_elsewhere(self.totals.at):
            clauses.append("workers hold messages that do not stand in unacked: it has another name there")
        return clauses

    def event_silence(self, now: float) -> str:
        """Why no event tells of what workers take, in one clause; empty if one does, or nothing is taken."""
        if not self.silence.task_events_off(now):
            return ""
        if any(True for _ in self.lives):
            return "task events are off (workers without -E)"
        # Workers send heartbeats without -E, too.
        return "no event of any worker is heard (they have another channel, or are all off)"

    def early(self, now: float) -> float | None:
        """After how many seconds messages were delivered again of late, if that is sooner than a known sweep,
        and nobody is known to have handed them back; None if none was."""
        late = [gap for (_, at), gap in self._early.items() if now - at < EARLY_MATTERS]
        return min(late, default=None)

    @property
    def duplicates(self) -> Reversible[Execution]:
        """Duplicate executions and recoveries as they came to light, the newest last."""
        return self._feed.executions

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries that stand in `unacked`, by delivery tag, the oldest score first."""
        return self._entries.standing

    def popped_again(self, fact: facts.Popped) -> float | None:
        """How many seconds before a pop its entry was popped the last time; None where it is the first."""
        return self._entries.popped_again(fact)

    def oldest(self, most: int) -> list[Entry]:
        """The entries with the lowest scores, at most so many: they are redelivered next."""
        return list(islice(self._entries.standing.values(), most))

    def attempt(self, entry: Entry) -> Attempt | None:
        """The attempt that an entry belongs to; None where its payload was not read."""
        account = self.accounts.get(entry.message or "")
        if account is None:
            return None
        return next((a for a in account.attempts if a.tag == entry.tag), None)

    def handed_back(self, tag: str, at: float) -> bool:
        """Whether the entry of a delivery tag is known to have been handed back by its worker just before it
        was popped at this time, so that no sweep restored it."""
        owner = self._entries.owners.get(tag)
        account = self.accounts.get(owner[0]) if owner else None
        if account is None:
            return False
        return any(
            copy.cause == "requeue" and copy.early is None and abs(copy.at - at) < SAME_POP
            for attempt in account.attempts
            if attempt.tag == tag
            for copy in attempt.deliveries
        )

    @property
    def refused(self) -> int:
        """Commands that the broker refused since the watch began because it was full. `BRPOP` is none of
        them: a worker still takes a message, cannot record it, and it is lost."""
        now = self.memory.refused if self.memory else None
        before = self._refused_before
        # Fewer than before: the server was restarted.
        return 0 if now is None or before is None else now - before if now >= before else now

    @property
    def balance(self) -> Balance:
        """What became of every publication that was heard of."""
        return self.whereabouts.balance

    def missing(self, now: float) -> list[tuple[str, str]]:
        """Messages to look for by name, as task id and queue."""
        return self.whereabouts.missing(now, self.totals.queued)

    def entry(self, attempt: Attempt) -> Entry | None:
        """The entry that stands in `unacked` for an attempt; None if it has none."""
        return self._entries.standing.get(attempt.tag) if attempt.tag else None

    def attempts(self) -> Iterator[Attempt]:
        """Every attempt that is remembered, in the order their messages were first heard of."""
        for account in self.accounts.values():
            yield from account.attempts

    def _settle(self, history: History, soonest: float | None) -> Account:
        """Draw up one account, and count what is other than before."""
        before, booked = history.account, history.places
        account = history.draw(self.lives, self.sight, soonest, self._entries.owners)
        counts = counts_of(account)
        if counts != history.counts:
            self.counts.replace(history.counts, counts)
            history.counts = counts
        if (doubts := tuple(account.doubts)) != history.doubts:
            self._doubts.replace(history.doubts, doubts)
            history.doubts = doubts
        self._histories.depend(before, account)
        self.whereabouts.update(account, booked, history.places)
        if account.attempts and (account.attempts[-1].eta or account.attempts[-1].left):
            self._doubts.expect(account)
        last = account.attempts[-1].deliveries[-1:] if account.attempts else ()
        if last and last[0].early is not None:
            self._early[account.id, last[0].at] = last[0].early
            if len(self._early) > MOST_EARLY:
                del self._early[next(iter(self._early))]
        if history.fed or counts.duplicates or counts.recoveries:
            history.fed = self._feed.update(account, history.fed)
        self._histories.keep(history)
        return account

    def _name(self, fact: facts.Payload) -> None:
        waiting = self._entries.name(fact, forgotten=self._memory.forgot(fact.id))
        self._histories.note(fact.id, fact)
        for earlier in waiting:
            self._belongs(earlier)

    def _belongs(self, fact: EntryFact) -> None:
        owner = self._entries.owner(fact)
        if owner:
            self._histories.note(owner[0], fact)

    def _forget(self) -> None:
        """Let go of what is remembered of the messages that are too many."""
        for task_id in self._memory.surplus(self._histories.all, self.version):
            tags = self._histories.forget(task_id)
            self._doubts.forget(task_id)
            self.whereabouts.forget(task_id)
            for tag in tags:
                self._entries.forget(tag)

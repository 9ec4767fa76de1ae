"""What happened: every message's account, the entries of `unacked`, and the counts with their doubts."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from msgspec import structs

from lab.watch.facts import (
    AnyFact,
    Configured,
    Connected,
    Disconnected,
    Fact,
    Gap,
    Gone,
    Left,
    Payload,
    Popped,
    Received,
    Server,
    TaskFact,
    Totals,
    Unreadable,
    Unwatched,
    WorkerFact,
)
from lab.watch.model.accounts.account import Account, Attempt, Execution
from lab.watch.model.accounts.counts import DUPLICATES, NOTHING, RECOVERIES, Counts, share
from lab.watch.model.accounts.history import FactKey, History
from lab.watch.model.accounts.projection import Projection
from lab.watch.model.lives import Lives

REMEMBERED = 20_000
"""Messages of which the account is kept; the oldest settled ones are forgotten, their counts are not."""

FORGOTTEN = 200_000
"""Ids of forgotten messages that are still known as such, so that a late fact is not counted as a new one."""

MOST_DUPLICATES = 1_000
"""Duplicate executions and recoveries that the feed keeps; the counts keep all."""

MOST_FACTS = 2_000
"""Facts kept of one message: one that is redelivered without end must not fill the memory."""

MOST_IN_ALL = 500_000
"""Facts kept in all, some 150 MB: in a redelivery storm the oldest messages give way."""

LATE = 10.0
"""Seconds after its ETA when a copy that was not seen to run is a doubt: its events may have been lost."""

HOMELESS, HOMELESS_FACTS = 10_000, 20
"""Entries of which the payload was not read and the facts are kept all the same, and how many of each."""


@dataclass(slots=True)
class Entry:
    """One entry of `unacked`: popped at `score` by a worker that has not acknowledged it."""

    tag: str
    score: float
    pops: int = 1
    message: str | None = None
    retries: int = 0


@dataclass(slots=True)
class SourceHealth:
    """How a source stands: whether it reaches the broker, and since when or why not."""

    up: bool = False
    since: float = 0.0
    why: str = ""


class Ledger:
    """The model of what happened. `apply` takes facts in any order; `settle` draws up what changed."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.remembered = remembered
        self.accounts: dict[str, Account] = {}
        self.entries: dict[str, Entry] = {}
        self.lives = Lives()
        self.configured: dict[str, Configured] = {}
        self.counts = Counts()
        self.health: dict[str, SourceHealth] = {}
        self.totals = Totals(at=0.0)
        self.mutex_since: float | None = None
        """Since when the sweeps' lock was seen held at every reading, on the observer's clock."""
        self.server: Server | None = None
        self.unreadable = 0
        self.last_unreadable = ""
        self.version = 0
        """Grows with every change that a reader could see."""
        self.duplicates: deque[Execution] = deque(maxlen=MOST_DUPLICATES)
        """Duplicate executions and recoveries as they came to light, the newest last."""
        self._doubts: dict[str, None] = {}
        self._gaps: Counter[tuple[str, str]] = Counter()
        self._account_doubts: Counter[str] = Counter()
        self._histories: dict[str, History] = {}
        self._homeless: dict[str, list[Popped | Left]] = {}
        self._owners: dict[str, tuple[str, int]] = {}
        self._dirty: dict[str, None] = {}
        self._dependents: defaultdict[str, set[str]] = defaultdict(set)
        self._forgotten: dict[str, None] = {}
        self._due: list[tuple[float, str]] = []
        self._expected: dict[str, float] = {}
        self._late: set[str] = set()
        self._forget_at = 0
        self._kept = 0
        self._hidden_for: float | None = None
        self._smallest: float | None = None

    def apply(self, fact: AnyFact) -> None:
        """Take one fact in. Facts out of order within a few seconds, or repeated, add up to the same."""
        if isinstance(fact, TaskFact):
            self.take(fact)
            return
        match fact:
            case WorkerFact():
                self.lives.apply(fact)
                self._configure(fact)
            case Payload():
                self._name(fact)
            case Popped():
                self._pop(fact)
            case Left() | Unwatched():
                self.entries.pop(fact.tag, None)
                if isinstance(fact, Left):
                    self._belongs(fact)
            case Totals():
                self.mutex_since = (self.mutex_since or fact.at) if fact.mutex else None
                same = structs.replace(self.totals, at=fact.at, seen=fact.seen) == fact
                self.totals = fact
                if same:
                    return
            case Server():
                self.server = fact
            case Connected():
                self.health[fact.source] = SourceHealth(True, fact.at)
            case Disconnected():
                self.health[fact.source] = SourceHealth(False, fact.at, fact.why)
            case Gap():
                self._gaps[fact.source, fact.why] += fact.count
            case Unreadable():
                self.unreadable += 1
                self.last_unreadable = fact.why
        self.version += 1

    def take(self, fact: TaskFact) -> None:
        """Take in a fact about a task: most facts by far, so this is `apply` without its questions."""
        self.version += 1
        if type(fact) is Received and fact.pid:
            # One in three events is enough to know that a worker lives, and how its clock goes.
            self.lives.hear(fact.worker, fact.pid, fact.at, fact.seen)
        key = fact.at, fact.rank, fact.worker, fact.clock
        history = self._histories.get(fact.id)
        if history is None or len(history.facts) >= MOST_FACTS:
            self._note(fact.id, key, fact)
        elif history.add(key, fact):
            self._kept += 1
            self._dirty[fact.id] = None

    def settle(self) -> list[Account]:
        """Draw up every account that new facts touch, and return those accounts."""
        for worker in self.lives.changed():
            for task_id in self._dependents.pop(worker, ()):
                self._redraw(task_id)
            self.version += 1
        projected = []
        totals = list(NOTHING)
        for task_id in self._dirty:
            history = self._histories[task_id]
            anew = history.projection is None or history.projection.final
            account = self.accounts[task_id] = self._draw(task_id, history, anew)
            counts = share(account)
            if counts != history.share:
                for n, count in enumerate(counts):
                    totals[n] += count - history.share[n]
                history.share = counts
            if account.doubts != history.doubts:
                self._account_doubts.subtract(history.doubts)
                self._account_doubts.update(account.doubts)
                history.doubts = list(account.doubts)
            for worker in account.depends:
                self._dependents[worker].add(task_id)
            if account.attempts and (account.attempts[-1].eta or account.attempts[-1].left):
                self._expect(account)
            if history.fed or counts[DUPLICATES] or counts[RECOVERIES]:
                self._feed(history, account, anew)
            projected.append(account)
        self._dirty.clear()
        if any(totals):
            self.counts.add(totals)
        while self._due and self._due[0][0] < self.lives.latest_seen:
            waited_for = self.accounts.get(heappop(self._due)[1])
            if waited_for and _waits(waited_for):
                self._late.add(waited_for.id)
        self._forget()
        return projected

    def _expect(self, account: Account) -> None:
        """Look at a message again when it is well past its ETA, or its acknowledgement, and copies of it
        were still not seen to run."""
        if account.id in self._late:
            if not _waits(account):
                self._late.discard(account.id)
            return
        last = account.attempts[-1] if account.attempts else None
        due = (last.eta or last.left) if last else None
        if due is not None and self._expected.get(account.id) != due:
            self._expected[account.id] = due
            heappush(self._due, (due + LATE, account.id))

    def _draw(self, task_id: str, history: History, anew: bool) -> Account:
        """Go on with the projection of a message where its facts came in order, else begin anew."""
        projection = history.projection
        if projection is None or anew:
            projection = Projection(task_id, self.lives, self._soonest(), self._owners)
            history.projected = 0
        account = projection.of(history.facts[history.projected :])
        history.projected = len(history.facts)
        # One that has all that is expected of it will hardly be projected again: do not keep its tools.
        history.projection = None if all(attempt.settled for attempt in account.attempts) else projection
        return account

    def _soonest(self) -> float | None:
        """The shortest time in seconds in which a sweep may redeliver: a sweeper whose clock is ahead of
        the others' finds everything older than it is."""
        if self._smallest is None:
            return None
        if not self.lives.skewed:
            return self._smallest
        return max(0.0, self._smallest - max((life.skew for life in self.lives), default=0.0))

    def _redraw(self, task_id: str) -> None:
        history = self._histories.get(task_id)
        if history:
            history.projection = None
            self._dirty[task_id] = None

    @property
    def doubts(self) -> list[str]:
        """Why the counts may be incomplete, one clause each; empty means that nothing speaks against them."""
        gaps = [
            f"{source}: {why}" + (f", {count:,} facts were lost" if count else "")
            for (source, why), count in self._gaps.items()
        ]
        doubts = [*gaps, *self._doubts, *(doubt for doubt, n in self._account_doubts.items() if n > 0)]
        if self._late:
            doubts.append("a copy was due and was not seen to run")
        return doubts

    @property
    def hidden_for(self) -> float | None:
        """The visibility timeout in force, in seconds: the smallest over the workers; None if unknown.

        With no worker left it stays what it was: that is what will be in force again.
        """
        return self._hidden_for

    def popped_again(self, fact: Popped) -> float | None:
        """How many seconds before a pop its entry was popped the last time; None where it is the first."""
        entry = self.entries.get(fact.tag)
        return fact.at - entry.score if entry and fact.at > entry.score else None

    def oldest_score(self) -> float | None:
        """The lowest score that stands in the index; None if nothing stands there."""
        entry = next(iter(self.entries.values()), None)
        return entry.score if entry else None

    def attempt(self, entry: Entry) -> Attempt | None:
        """The attempt that an entry belongs to; None where its payload was not read."""
        account = self.accounts.get(entry.message or "")
        if account is None:
            return None
        return next((a for a in account.attempts if a.retries == entry.retries), None)

    def entry(self, attempt: Attempt) -> Entry | None:
        """The entry that stands in `unacked` for an attempt; None if it has none."""
        return self.entries.get(attempt.tag) if attempt.tag else None

    def attempts(self) -> Iterator[Attempt]:
        """Every attempt that is remembered, in the order their messages were first heard of."""
        for account in self.accounts.values():
            yield from account.attempts

    def _configure(self, fact: WorkerFact) -> None:
        """Keep what each worker runs with, as long as it lives."""
        if isinstance(fact, Configured):
            self.configured[fact.worker] = fact
            timeout = fact.visibility_timeout
            if timeout is not None and (self._smallest is None or timeout < self._smallest):
                # What was too soon for a sweep before may not be so now.
                self._smallest = timeout
                for task_id in self._histories:
                    self._redraw(task_id)
        elif isinstance(fact, Gone):
            known = self.configured.get(fact.worker)
            if known and known.at <= fact.at:
                del self.configured[fact.worker]
        # What a worker said of itself is better than what was assumed for any.
        said = {worker: each.visibility_timeout for worker, each in self.configured.items()}
        named = [timeout for worker, timeout in said.items() if worker and timeout is not None]
        assumed = [timeout for timeout in said.values() if timeout is not None]
        self._hidden_for = min(named or assumed, default=self._hidden_for)

    def _note(self, task_id: str, key: FactKey, fact: Fact) -> None:
        history = self._histories.get(task_id)
        if history is None:
            if task_id in self._forgotten:
                self._doubts["a message that was already forgotten was heard of again"] = None
                return
            history = self._histories[task_id] = History()
        if len(history.facts) >= MOST_FACTS and isinstance(fact, Received | Popped | Left):
            # Runs are always counted: they are what matters in the end.
            self._doubts[f"only some {MOST_FACTS:,} facts of deliveries are kept of each message"] = None
            return
        if history.add(key, fact):
            self._kept += 1
            self._dirty[task_id] = None

    def _name(self, fact: Payload) -> None:
        if fact.id not in self._forgotten:
            self._owners[fact.tag] = fact.id, fact.retries
        entry = self.entries.get(fact.tag)
        if entry:
            entry.message, entry.retries = fact.id, fact.retries
        self._note(fact.id, (fact.at, fact.rank, fact.tag, 0), fact)
        for earlier in self._homeless.pop(fact.tag, ()):
            self._belongs(earlier)

    def _pop(self, fact: Popped) -> None:
        entry = self.entries.get(fact.tag)
        owner = self._owners.get(fact.tag)
        if entry is None:
            entry = self.entries[fact.tag] = Entry(fact.tag, fact.at)
            if owner:
                entry.message, entry.retries = owner
        elif fact.at > entry.score:
            # The oldest score is redelivered next: keep the entries in the order of their scores.
            self.entries[fact.tag] = self.entries.pop(fact.tag)
            entry.score = fact.at
            entry.pops += 1
        self._belongs(fact)

    def _belongs(self, fact: Popped | Left) -> None:
        owner = self._owners.get(fact.tag)
        if owner:
            self._note(owner[0], (fact.at, 2 if isinstance(fact, Popped) else 7, fact.tag, 0), fact)
            return
        # Its payload was not read yet, or never will be; its events, if any, tell of it then.
        waiting = self._homeless.setdefault(fact.tag, [])
        if len(waiting) < HOMELESS_FACTS:
            waiting.append(fact)
        if len(self._homeless) > HOMELESS:
            del self._homeless[next(iter(self._homeless))]

    def _feed(self, history: History, account: Account, anew: bool) -> None:
        """Bring the feed up to date: an execution projected up anew takes the place of its former self."""
        fresh = {
            (run.retries, run.number): run
            for attempt in account.attempts
            for run in attempt.executions
            if run.verdict in ("duplicate", "recovery")
        }
        if history.fed and (anew or not history.fed <= fresh.keys()):
            kept = []
            for run in self.duplicates:
                if run.id != account.id:
                    kept.append(run)
                elif (again := fresh.get((run.retries, run.number))) is not None:
                    kept.append(again)
            self.duplicates = deque(kept, maxlen=MOST_DUPLICATES)
        self.duplicates.extend(run for key, run in fresh.items() if key not in history.fed)
        history.fed = frozenset(fresh)

    def _forget(self) -> None:
        """Let go of the oldest settled messages; of unsettled ones only past twice the number to keep."""
        surplus = len(self.accounts) - self.remembered
        crowded = surplus > self.remembered or self._kept > MOST_IN_ALL
        if crowded:
            surplus = max(surplus, len(self.accounts) // 10)
        if surplus <= 0 or (self.version < self._forget_at and not crowded):
            return
        going: list[str] = []
        for task_id, account in self.accounts.items():
            if len(going) >= surplus:
                break
            if crowded or all(attempt.settled for attempt in account.attempts):
                going.append(task_id)
        if crowded:
            self._doubts["more messages were open at once than are remembered"] = None
        if len(going) < surplus:
            # Nothing more to free for now: do not look through all of them again at every call.
            self._forget_at = self.version + self.remembered // 4
        for task_id in going:
            account = self.accounts.pop(task_id)
            self._expected.pop(task_id, None)
            self._late.discard(task_id)
            self._kept -= len(self._histories.pop(task_id).facts)
            for worker in account.depends:
                self._dependents[worker].discard(task_id)
            for attempt in account.attempts:
                self._owners.pop(attempt.tag, None)
            self._forgotten[task_id] = None
        while len(self._forgotten) > FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]


def _waits(account: Account) -> bool:
    """Whether copies are held, as far as was seen, of what is due or was acknowledged."""
    return any(attempt.held and (attempt.eta or attempt.left) for attempt in account.attempts)

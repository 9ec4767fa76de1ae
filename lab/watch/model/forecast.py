"""What will happen: the next redelivery of a message, and how many times it will run by its ETA."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.grids import FURTHEST
from lab.watch.model.instant import Instant, weakest
from lab.watch.model.ledger import Ledger
from lab.watch.model.life import SKEWED
from lab.watch.model.sweeping.settings import Ground, Hidden, Timeout
from lab.watch.model.sweeping.sweeper import Sweeper
from lab.watch.model.sweeping.sweeps import Sweeps
from lab.watch.model.sweeping.window import Window

HEARD = 5.0
"""Seconds of listening after which a worker that is up was heard."""

BUSY = 2.0
"""Seconds for which messages must wait in queues until the workers are taken for busy: what a sweep puts back
is then popped when one of them has room, whenever that is."""

Basis = Literal["seen", "once", "assumed"]
"""What a forecast rests on: a phase narrowed by several sweeps, one sweep seen, or the settings alone."""


@dataclass(frozen=True, slots=True)
class Redelivery:
    """The next time a message will be handed out again."""

    window: Window
    """Its `latest` is infinite where nothing that is known bounds it."""
    worker: str
    """Whose sweep will do it; empty if nobody is known to own that phase."""
    basis: Basis
    unseen: int = 0
    """Sweepers that may come first, since when they sweep is not known."""
    ground: Ground = "known"
    """How the visibility timeout is known that it rests on."""
    likely: Window | None = None
    """When it will most probably come, where that is narrower: a window reaches from one sweep to the next
    where the timeout ends at the very time of the first."""
    supposed: Window | None = None
    """When it will come if the timeout is what it is assumed to be; None where none is."""


@dataclass(frozen=True, slots=True)
class RunCount:
    """How many times an attempt will have run in the end, at least and at most, those so far included."""

    least: int
    most: int
    endless: bool = False
    """Whether nothing bounds it, as far as is known: it runs at least `least` times."""
    ground: Ground = "known"
    """How the visibility timeout is known that it rests on."""


class _Coming:
    """When one sweeper puts back what was popped at `score`."""

    __slots__ = ("likely", "n", "supposed", "sweeper", "timeout", "window")

    def __init__(self, n: int, sweeper: Sweeper, timeout: Timeout, score: float, now: float) -> None:
        self.n = n
        """Its place among the sweepers."""
        self.sweeper = sweeper
        self.timeout = timeout
        window = sweeper.after(score, timeout.least, now)
        if timeout.most == inf:
            window = Window(window.earliest, inf)
        elif timeout.most > timeout.least:
            window = Window(window.earliest, sweeper.after(score, timeout.most, now).latest)
        self.window = window
        self.supposed: Window | None = None
        self.likely: Window | None = None
        if timeout.supposed is not None:
            self.supposed = sweeper.after(score, timeout.supposed, now)
        if timeout.value is not None:
            self.likely = sweeper.after(score, timeout.value, now, likely=True)


def _latest(window: Window) -> float:
    return window.latest


class Forecast:
    """Reads the ledger and the sweeps; keeps only what was worked out for `now`, so that the same model says
    the same."""

    def __init__(self, ledger: Ledger, sweeps: Sweeps) -> None:
        self.ledger = ledger
        self.sweeps = sweeps
        self._up: tuple[str, ...] = ()
        self._up_at = (-1, 0)
        self._instant: tuple[tuple[int, int, float], Instant] | None = None

    def up(self, now: float) -> tuple[str, ...]:
        """The workers that are up, as far as is known; looked up once a second."""
        at = (self.ledger.version, int(now))
        if at != self._up_at:
            self._up_at = at
            self._up = tuple(life.worker for life in self.ledger.lives.present(now))
        return self._up

    def _at(self, now: float) -> Instant:
        """What is known now, worked out once as long as nothing is heard."""
        known = self.ledger.version, self.sweeps.heard, now
        if self._instant is None or self._instant[0] != known:
            self._instant = known, Instant(self.sweeps, self.ledger.lives, self.up(now), now)
        return self._instant[1]

    def hidden(self, now: float) -> Hidden:
        """For how long a message is hidden, and how that is known: what was said or is assumed of the workers
        that are up, unless what their sweeps did says otherwise."""
        up = self.up(now)
        hidden = self.sweeps.settings.hidden(up)
        seen = [self.sweeps.timeout(each, up) for each in self.sweeps.sweeping(now)]
        inferred = [timeout for timeout in seen if timeout.ground in ("inferred", "unknown")]
        if inferred:
            smallest = min(inferred, key=lambda timeout: (timeout.most, timeout.least))
            disproved = len(inferred) == len(seen)
            if disproved or smallest.most < hidden.timeout.shown:
                return replace(hidden, timeout=smallest)
        return hidden

    def redelivery(self, score: float, now: float) -> Redelivery | None:
        """The next redelivery of an entry popped at `score` and acknowledged by nobody.

        Any worker on the db sweeps for all; the earliest sweep at or after score + that sweeper's own
        visibility timeout does it. While there may be sweepers of which no sweep is known, the range begins
        as early as one of them could. None if nobody sweeps: no worker is up, or only such as never do.
        """
        instant = self._at(now)
        coming = self._coming(instant, score)
        earliest = min((each.window.earliest for each in coming), default=inf)
        best = min(coming, key=lambda each: (each.window.latest, each.window.middle, each.n), default=None)
        supposed = min((each.supposed for each in coming if each.supposed), key=_latest, default=None)
        likely = min((each.likely for each in coming if each.likely), key=_latest, default=None)
        unseen = instant.unseen or int(best is None and self._just_listening(now))
        if unseen:
            timeout = instant.stranger
            ahead = max(SKEWED, self.ledger.lives.clock("")[1])
            earliest = min(earliest, max(score + timeout.least - ahead, now))
            if timeout.supposed is not None:
                supposed = Window(max(score + timeout.supposed - ahead, now), inf)
        early = self.ledger.early(now)
        if early is not None:
            # Somebody who is not known did so, and may do it again.
            earliest = min(earliest, max(score + early - SKEWED, now))
        if best is None:
            if not unseen:
                return None
            return Redelivery(Window(earliest, inf), "", "assumed", unseen, timeout.ground, None, supposed)
        stranger = [timeout] if unseen else []
        window, sweeper, timeout = best.window, best.sweeper, best.timeout
        ground = weakest([timeout, *stranger])
        if early is not None and score + early < window.earliest:
            ground = "unknown"
        basis: Basis = "seen" if sweeper.seen > 1 else "once" if sweeper.seen else "assumed"
        if sweeper.ground == "assumed":
            basis = "assumed"
        # Of two that sweep at about the same time, either may be first.
        earliest = min(earliest, window.earliest)
        # Between clocks that differ it is open whose turn it is: at the latest the next one's after it.
        latest = window.latest + (sweeper.period if self.ledger.lives.skewed else 0.0)
        window = Window(earliest, inf if self._busy(now) else latest)
        narrower = likely if likely and likely.error < window.error else None
        return Redelivery(window, sweeper.worker, basis, unseen, ground, narrower, supposed)

    def _coming(self, instant: Instant, score: float) -> list[_Coming]:
        """When each sweeper puts back what was popped at `score`, of those that may be the first to; in their
        own order. A quick look at all of them spares the long one at most."""
        coming: list[_Coming] = []
        earliest = until = supposed_until = likely_until = inf
        for soonest, soonest_end, n in instant.soonest(score):
            if soonest >= earliest and soonest_end > max(until, supposed_until, likely_until):
                continue
            each = _Coming(n, *instant.sweeping[n], score, instant.now)
            coming.append(each)
            earliest, until = min(earliest, each.window.earliest), min(until, each.window.latest)
            if each.supposed or not instant.supposes:
                supposed_until = min(supposed_until, each.supposed.latest if each.supposed else -inf)
            if each.likely or not instant.values:
                likely_until = min(likely_until, each.likely.latest if each.likely else -inf)
        return sorted(coming, key=lambda each: each.n)

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
        instant = self._at(now)
        unseen, ground, stranger = instant.unseen, instant.ground, instant.stranger
        # A sweeper whose sweeps are not known may make one as soon as its timeout is over.
        more = unseen > 0 and score + stranger.shown - SKEWED < attempt.eta
        if not instant.sweeping and not self.sweeps.unswept(instant.up) and (more or not unseen):
            # Somebody may sweep that is not known yet: what is armed is the least.
            return RunCount(done + armed, done + armed, True, ground) if done + armed else None
        put_back = bool(attempt.deliveries) and attempt.deliveries[-1].cause == "redelivery"
        early = instant.early.count(score, attempt.eta, now, put_back=put_back)
        late = instant.late.count(score, attempt.eta, now, put_back=put_back)
        least, most = (done + armed + further for further in sorted((early, late)))
        sooner = self.ledger.early(now)
        more = more or (sooner is not None and score + sooner < attempt.eta)
        more = more or max(early, late) >= FURTHEST or ground == "unknown" or self._published_again(attempt)
        return RunCount(least, most, more, ground)

    def standing(self, attempt: Attempt) -> float | None:
        """The score of the entry that stands in `unacked` for an attempt; None if it has none."""
        entry = self.ledger.entry(attempt)
        if entry:
            last = attempt.deliveries[-1] if attempt.deliveries else None
            # Its worker told of it before the index was read: the entry has its score by now.
            told = last is not None and last.score is None and last.received is not None
            return max(entry.score, last.at) if last and told else entry.score
        unseen = attempt.left is None and not attempt.executions and attempt.deliveries
        return attempt.deliveries[-1].at if unseen else None

    def _just_listening(self, now: float) -> bool:
        """Whether workers may be up that were not heard yet: they beat every two seconds."""
        events = self.ledger.health.get("events")
        return events is not None and events.up and now - events.since < HEARD

    def _busy(self, now: float) -> bool:
        """Whether the workers have had no room for a while."""
        since = self.ledger.queued_since
        return since is not None and now - since > BUSY

    def _published_again(self, attempt: Attempt) -> bool:
        """Whether the attempt before ran, or will run, more than once: each of its copies publishes a next
        one of its own, of which only one is followed."""
        account = self.ledger.accounts.get(attempt.id)
        before = [each for each in account.attempts if each.retries == attempt.retries - 1] if account else []
        return any(len(each.executions) + len(each.held) > 1 for each in before)

"""What will happen: the next redelivery of a message, and how many times it will run by its ETA."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Literal

from lab.watch.model.accounts.account import Attempt
from lab.watch.model.ledger import Ledger
from lab.watch.model.life import SKEWED
from lab.watch.model.sweeping.settings import Ground, Hidden, Timeout
from lab.watch.model.sweeping.sweeper import SWEEP_TIE, Sweeper
from lab.watch.model.sweeping.sweeps import Sweeps
from lab.watch.model.sweeping.window import Window

FURTHEST = 1_000
"""Redeliveries that are counted ahead; beyond, a forecast says "at least"."""

TAKEN = 0.005
"""Seconds from a sweep until a worker popped what it restored, usually."""

TAKEN_LATE = 0.02
"""Seconds that this takes at most, with a few messages restored by one sweep."""

FEW = 4
"""Calls of the sweep's timer that surely add up to more delay than a pop takes."""

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


class Forecast:
    """Reads the ledger and the sweeps; keeps only who is up, so the same model and `now` say the same."""

    def __init__(self, ledger: Ledger, sweeps: Sweeps) -> None:
        self.ledger = ledger
        self.sweeps = sweeps
        self._up: tuple[str, ...] = ()
        self._up_at = (-1, 0)

    def up(self, now: float) -> tuple[str, ...]:
        """The workers that are up, as far as is known; looked up once a second."""
        at = (self.ledger.version, int(now))
        if at != self._up_at:
            self._up_at = at
            self._up = tuple(life.worker for life in self.ledger.lives.present(now))
        return self._up

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
        up = self.up(now)
        best: tuple[Window, Sweeper, Timeout] | None = None
        earliest, supposed, likely = inf, None, Window(inf, inf)
        for sweeper in self.sweeps.sweeping(now):
            timeout = self._timeout(sweeper, up)
            window = sweeper.after(score, timeout.least, now)
            if timeout.most == inf:
                window = Window(window.earliest, inf)
            elif timeout.most > timeout.least:
                window = Window(window.earliest, sweeper.after(score, timeout.most, now).latest)
            earliest = min(earliest, window.earliest)
            if timeout.supposed is not None:
                then = sweeper.after(score, timeout.supposed, now)
                supposed = then if supposed is None else min(supposed, then, key=lambda each: each.latest)
            if timeout.value is not None:
                at = sweeper.after(score, timeout.value, now, likely=True)
                likely = min(likely, at, key=lambda each: each.latest)
            if best is None or (window.latest, window.middle) < (best[0].latest, best[0].middle):
                best = window, sweeper, timeout
        unseen = self.sweeps.unseen(now, up) or int(best is None and self._just_listening(now))
        if unseen:
            timeout = self.sweeps.settings.any(up).timeout
            ahead = max(SKEWED, self.ledger.lives.clock("")[1])
            earliest = min(earliest, max(score + timeout.least - ahead, now))
            if timeout.supposed is not None:
                supposed = Window(max(score + timeout.supposed - ahead, now), inf)
        if best is None:
            if not unseen:
                return None
            return Redelivery(Window(earliest, inf), "", "assumed", unseen, timeout.ground, None, supposed)
        stranger = [timeout] if unseen else []
        window, sweeper, timeout = best
        ground = _weakest([timeout, *stranger])
        basis: Basis = "seen" if sweeper.seen > 1 else "once" if sweeper.seen else "assumed"
        if sweeper.ground == "assumed":
            basis = "assumed"
        # Of two that sweep at about the same time, either may be first.
        earliest = min(earliest, window.earliest)
        window = Window(earliest, inf if self._busy(now) else window.latest)
        narrower = likely if likely.error < window.error else None
        return Redelivery(window, sweeper.worker, basis, unseen, ground, narrower, supposed)

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
        up = self.up(now)
        unseen = self.sweeps.unseen(now, up)
        sweeping = self.sweeps.sweeping(now)
        stranger = self.sweeps.settings.any(up).timeout
        ground = _weakest([stranger, *(self._timeout(sweeper, up) for sweeper in sweeping)])
        # A sweeper whose sweeps are not known may make one as soon as its timeout is over.
        more = unseen > 0 and score + stranger.shown - SKEWED < attempt.eta
        if not sweeping and not self.sweeps.unswept(up) and (more or not unseen):
            # Somebody may sweep that is not known yet: what is armed is the least.
            return RunCount(done + armed, done + armed, True, ground) if done + armed else None
        put_back = bool(attempt.deliveries) and attempt.deliveries[-1].cause == "redelivery"
        early, late = (
            self._further(score, attempt.eta, now, early=early, put_back=put_back) for early in (True, False)
        )
        least, most = (done + armed + further for further in sorted((early, late)))
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

    def _further(self, score: float, eta: float, now: float, *, early: bool, put_back: bool) -> int:
        """Redeliveries from a pop until the ETA, in one consistent reading of every sweeper's phase;
        `put_back`: it was popped as a sweep had put it back."""
        # It is open which comes first, the sweep that is due at the end of the timeout or that end, where few
        # calls add up to little delay, and where no sweep led to the pop: the late reading takes the sweep
        # after it then.
        cadences = []
        for sweeper in self.sweeps.sweeping(now):
            bounds = self._timeout(sweeper, self.up(now))
            timeout = bounds.least if early else bounds.most
            if bounds.supposed is not None:
                timeout = bounds.supposed
            if timeout < inf:
                many = timeout >= FEW * sweeper.interval
                cadences.append((*sweeper.cadence(early=early), timeout, many))
        for n in range(FURTHEST):
            sweeps = []
            for first, step, timeout, many in cadences:
                in_time = early or (many and (put_back or n > 0))
                due = max(score + timeout + (-SWEEP_TIE if in_time else TAKEN_LATE), now)
                sweeps.append(first + max(0, ceil((due - first) / step)) * step)
            if not sweeps or min(sweeps) >= eta:
                return n
            score = min(sweeps) + TAKEN
        return FURTHEST

    def _timeout(self, sweeper: Sweeper, up: tuple[str, ...]) -> Timeout:
        """After how many seconds on the observer's clock an entry is too old for this sweeper: it compares
        the score with its own clock."""
        timeout = self.sweeps.timeout(sweeper, up)
        least_ahead, most_ahead = self.ledger.lives.clock(sweeper.worker)
        if not most_ahead and not least_ahead:
            return timeout
        # By a clock that is ahead of its own by more than the timeout, a message is overdue before its score.
        least, most = timeout.least - most_ahead, timeout.most - least_ahead
        supposed = None if timeout.supposed is None else timeout.supposed - most_ahead
        return Timeout(least, most, timeout.ground, supposed)


def _weakest(timeouts: list[Timeout]) -> Ground:
    """What all of it rests on: the ground that is worth the least."""
    order: tuple[Ground, ...] = ("unknown", "assumed", "inferred", "known")
    return min((timeout.ground for timeout in timeouts), key=order.index)

"""Judging a recording, without the truth: what it shows later stands in for that."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.watching import Foretold, Watched
from lab.watch import facts
from lab.watch.model.model import Model
from lab.watch.model.track_record import TOLERANCE
from lab.watch.recording.reading import SOURCE

EVERY = 1.0
"""Seconds between two questions."""

ASKED = 20
"""Entries of which the forecast is asked, the oldest ones."""

READING = 0.25
"""Seconds before a pop was seen within which it was: scores are on the clocks of the workers."""

MOST_OPEN = 10_000
"""Answers that wait for what comes; the first ones give way."""


def judge_recording(told: Iterable[facts.AnyFact]) -> list[Judgement]:
    """Apply the facts of a recording, and hold what the model says against them. Linear in the facts."""
    watched, record = Watched(), _Record()
    model = watched.model
    last = -inf
    try:
        for fact in told:
            record.take(model, fact)
            model.apply(fact)
            if isinstance(fact, facts.Totals) and fact.at - last >= EVERY:
                last = fact.at
                model.settle()
                record.ask(model, fact.at)
                record.hold_sizes(model, fact)
        model.settle()
    except Exception as error:  # whatever the model raises is what is looked for
        return [Judgement("bounds", "invalid", (f"the model raised {type(error).__name__}: {error}",))]
    doubts = model.ledger.doubts
    return [
        judged("forecasts", record.wrong, record.excused),
        judged("entries", *((), record.sizes) if doubts else (record.sizes, ())),
        judged("counts", _miscounted(model)),
        judged("recording", (), record.missing),
    ]


class _Record:
    """What was foretold, and whether it came."""

    def __init__(self) -> None:
        self.wrong: dict[str, None] = {}
        self.excused: dict[str, None] = {}
        self.sizes: dict[str, None] = {}
        self.missing: dict[str, None] = {}
        """Why facts are missing in the recording itself."""
        self._said: dict[str, list[Foretold]] = {}

    def take(self, model: Model, fact: facts.AnyFact) -> None:
        """A pop of an entry that stood before is a redelivery: it must lie in what was said of it."""
        if isinstance(fact, facts.Gap) and fact.source == SOURCE:
            self.missing.setdefault(fact.why)
        if isinstance(fact, facts.Left):
            self._said.pop(fact.tag, None)
        elif isinstance(fact, facts.Online | facts.Offline | facts.Gone | facts.Disconnected | facts.Gap):
            # Nobody could foretell that.
            self._said.clear()
        elif isinstance(fact, facts.Popped):
            entry = model.ledger.entries.get(fact.tag)
            for said in self._said.pop(fact.tag, ()):
                if entry is not None and said.score == entry.score and fact.at != said.score:
                    self._hold(said, fact.seen or fact.at)

    def ask(self, model: Model, now: float) -> None:
        """Note what is said now."""
        for entry in model.ledger.oldest(ASKED):
            coming = model.forecast.redelivery(entry.score, now)
            said = Foretold(entry.tag, entry.score, now, coming)
            self._said.setdefault(entry.tag, []).append(said)
        while len(self._said) > MOST_OPEN:
            del self._said[next(iter(self._said))]

    def hold_sizes(self, model: Model, fact: facts.Totals) -> None:
        """As many entries as the index has, where all are read."""
        stand = len(model.ledger.entries)
        if not fact.unread and stand > fact.index:
            self.sizes.setdefault(f"at {fact.at:.1f} {fact.index} entries stand, and the model has {stand}")

    def _hold(self, said: Foretold, popped: float) -> None:
        coming = said.coming
        if coming is None:
            self.wrong.setdefault(f"{said.tag}: none was foretold, and it was popped again at {popped:.2f}")
            return
        window = coming.window.widened(TOLERANCE)
        if popped < window.earliest or popped - READING > window.latest:
            sentence = (
                f"{said.tag}: at {said.now:.2f} it was foretold between {coming.window.earliest:.2f} and "
                f"{coming.window.latest:.2f}, and it was popped again at {popped:.2f}"
            )
            rests = "assumed" in (coming.basis, coming.ground)
            (self.excused if rests else self.wrong).setdefault(sentence)


def _miscounted(model: Model) -> list[str]:
    """The counts are the sums over the accounts. The place for `ledger.balance`, once there is one."""
    ledger = model.ledger
    runs = sum(len(attempt.executions) for attempt in ledger.attempts())
    deliveries = sum(len(attempt.deliveries) for attempt in ledger.attempts())
    found = []
    if len(ledger.accounts) == ledger.counts.messages:
        if runs != ledger.counts.executions:
            found.append(f"{ledger.counts.executions} runs are counted, and the accounts have {runs}")
        if deliveries != ledger.counts.deliveries:
            found.append(
                f"{ledger.counts.deliveries} deliveries are counted, and the accounts have {deliveries}"
            )
    return found

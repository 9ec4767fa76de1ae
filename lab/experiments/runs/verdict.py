"""The verdict: reproduced or not, the counts, the forecast and what happened, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lab.experiments.scenario import Scenario
from lab.experiments.tally import Counts, count
from lab.experiments.testbed import Testbed
from lab.watch.outputs.words import plural

Word = Literal["reproduced", "not reproduced", "skipped", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the forecast said of the first task, soon after it was taken. `at` is in Unix seconds."""

    at: float
    least: int | None
    """Copies that will run by its ETA; None for a task without one."""
    most: int | None
    redelivery_in: tuple[float, float] | None
    """Seconds until the next redelivery, unless somebody acknowledges it before: at least, and at most."""
    standing: bool = True
    """Whether it stood in `unacked`."""
    happened: int = 0
    """Times that this attempt was started, by events: a lock keeps copies from running, not from starting."""

    @property
    def words(self) -> str:
        if self.least is not None and self.most is not None:
            runs = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
            return f"{runs} cop{'y' if runs == '1' else 'ies'} will start"
        if not self.standing:
            return "acknowledged already: it will not be delivered again"
        if self.redelivery_in is None:
            return "no sweep is known that would redeliver it"
        early, late = self.redelivery_in
        return f"redelivered in {(early + late) / 2:.0f} s ±{(late - early) / 2:.1f}, if still unacked then"

    def as_dict(self) -> dict[str, Any]:
        return {
            "least": self.least,
            "most": self.most,
            "redelivery_in": list(self.redelivery_in) if self.redelivery_in else None,
            "happened": self.happened,
            "text": self.words,
        }


def foretell(testbed: Testbed) -> Foretold | None:
    """The forecast for the first task now; None as long as nobody has taken it."""
    attempt = testbed.attempt()
    if attempt is None or not attempt.deliveries:
        return None
    if testbed.model.ledger.entry(attempt) is None and attempt.left is None:
        # The worker was heard before its entry was read: a moment later more is known.
        return None
    forecast, now = testbed.model.forecast, testbed.now
    runs = forecast.runs(attempt, now)
    score = forecast.standing(attempt)
    again = forecast.redelivery(score, now) if score is not None else None
    window = None
    if again:
        window = round(again.window.earliest - now, 2), round(again.window.latest - now, 2)
    least, most = (runs.least, runs.most) if runs else (None, None)
    return Foretold(now, least, most, window, standing=score is not None)


def judged(scenario: Scenario, testbed: Testbed) -> tuple[Word, str, tuple[str, ...]]:
    """Whether every sign was there, the counts in one line, and the evidence of each sign."""
    findings = [sign.look(testbed) for sign in scenario.reproduced]
    counts = count(testbed)
    why = ", ".join(
        (
            f"{counts.sent:,} sent",
            plural(counts.deliveries, "delivery", "deliveries"),
            plural(counts.executions, "execution"),
            plural(counts.duplicates, "duplicate"),
            f"{counts.lost:,} lost",
            f"{counts.stalled_s:.1f} s late at most",
        )
    )
    word: Word = "reproduced" if all(finding.there for finding in findings) else "not reproduced"
    return word, why, tuple(finding.words for finding in findings)


@dataclass(frozen=True, slots=True)
class ScenarioVerdict:
    """How a run of a scenario ended. `why` says it in one line; the evidence is what was seen."""

    scenario: str
    cure: str | None
    word: Word
    why: str
    counts: Counts = field(default_factory=Counts)
    forecast: Foretold | None = None
    evidence: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the counts that rest on events may be incomplete."""
    seconds: float = 0.0

    @property
    def says(self) -> str:
        """The word as a reader wants it: with a cure, whether it prevented the mode."""
        if self.cure and self.word in ("reproduced", "not reproduced"):
            return f"{'not ' * (self.word == 'reproduced')}prevented by {self.cure}"
        return self.word

    def as_dict(self) -> dict[str, Any]:
        """One flat object, as `lab run --json` prints it."""
        counts = self.counts.as_dict()
        return {
            "scenario": self.scenario,
            "cure": self.cure,
            **counts,
            "forecast": self.forecast.as_dict() if self.forecast else None,
            "verdict": self.word,
            "why": self.why,
            "evidence": list(self.evidence),
            "incomplete": list(self.doubts),
            "seconds": round(self.seconds, 1),
        }

"""The verdict: reproduced or not, the tally, the forecast and what happened, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lab.experiments.runs.forecast import FirstForecast
from lab.experiments.tally import Tally

Word = Literal["reproduced", "not reproduced", "skipped", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class ScenarioVerdict:
    """How a run of a scenario ended. `why` says it in one line; the evidence is what was seen."""

    scenario: str
    cure: str | None
    word: Word
    why: str
    tally: Tally = field(default_factory=Tally)
    forecast: FirstForecast | None = None
    evidence: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the counts that rest on events may be incomplete."""
    seconds: float = 0.0

    @property
    def judged(self) -> bool:
        """Whether the run came to its end, so that it says something about the failure mode."""
        return self.word in ("reproduced", "not reproduced")

    @property
    def says(self) -> str:
        """The word as a reader wants it: with a cure, whether it prevented the mode."""
        if not self.cure or not self.judged:
            return self.word
        prevented = "not prevented" if self.word == "reproduced" else "prevented"
        return f"{prevented} by {self.cure}"

    def as_dict(self) -> dict[str, Any]:
        """One flat object, as `lab run --json` prints it."""
        return {
            "scenario": self.scenario,
            "cure": self.cure,
            **self.tally.as_dict(),
            "forecast": self.forecast.as_dict() if self.forecast else None,
            "verdict": self.word,
            "why": self.why,
            "evidence": list(self.evidence),
            "incomplete": list(self.doubts),
            "seconds": round(self.seconds, 1),
        }

"""The first forecast of a run: what was foretold of its first task, soon after it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.experiments.testbed import Testbed
from lab.watch.outputs.plurals import plural


@dataclass(frozen=True, slots=True)
class FirstForecast:
    """What the forecast said of the first task, soon after it was taken."""

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
            if self.least == self.most:
                return f"{plural(self.least, 'copy', 'copies')} will start"
            return f"{self.least} to {self.most} copies will start"
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


def first_forecast(testbed: Testbed) -> FirstForecast | None:
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
    redelivery = forecast.redelivery(score, now) if score is not None else None
    redelivery_in = None
    if redelivery:
        window = redelivery.window
        redelivery_in = round(window.earliest - now, 2), round(window.latest - now, 2)
    return FirstForecast(
        least=runs.least if runs else None,
        most=runs.most if runs else None,
        redelivery_in=redelivery_in,
        standing=score is not None,
    )

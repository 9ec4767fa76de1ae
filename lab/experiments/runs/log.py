"""The log of a run: what happens while a scenario runs, line by line, and why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.experiments.cure import Cure
from lab.experiments.runs.verdict import ScenarioVerdict
from lab.experiments.scenario import Scenario
from lab.rig import reports
from lab.rig.reports import Report
from lab.watch.model.accounts.account import Account
from lab.watch.outputs.narrator import Narrator

NARRATED_MAX = 40
"""Deliveries and executions that get a line each; of what follows there are only the counts."""

WHY = {
    "redelivery": "nobody acknowledged it within {hidden} s, so a sweep put it back into its queue",
    "duplicate": "every delivery arms a copy, and every copy runs: no worker knows of another's",
    "recovery": "it was not acknowledged when its worker died, so it came back and ran again",
}
"""Kind of line to the reason that stands below the first of its kind."""

HANDED_BACK = (
    "too soon for its timeout: a worker that shut down or lost its connection handed it back,"
    " or the clock of one that swept is ahead"
)
"""The reason instead, where a message came back without a sweep."""

ROLLED_BACK = "the server came back with an older state, in which the message still waited in its queue"
"""The reason instead, where the server was restarted meanwhile."""

CAUSES = {"requeue": HANDED_BACK, "rollback": ROLLED_BACK}
"""Why a message was delivered again, where no sweep put it back."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `kind` is expect, step, waited, probe, forecast, why, worker, server, more, verdict,
    evidence, doubt, helps, cure, failed, or a kind of `lab.watch.outputs.narrator.NarratedLine`."""

    at: float
    kind: str
    text: str

    def as_text(self) -> str:
        clock = datetime.fromtimestamp(self.at).strftime("%H:%M:%S.%f")[:-3]
        return f"{clock}  {self.kind:<11}  {self.text}"


class RunLog:
    """The lines so far, the oldest first. Whoever shows them remembers how many it has shown."""

    def __init__(self, scenario: Scenario, cure: Cure | None) -> None:
        self.lines: list[LogLine] = []
        self._scenario, self._cure = scenario, cure
        self._narrator = Narrator()
        self._narrated = 0
        self._explained: set[str] = set()
        self.tell("expect", scenario.expect)

    def tell(self, kind: str, text: str, at: float | None = None) -> None:
        """Add a line."""
        self.lines.append(LogLine(time.time() if at is None else at, kind, text))

    def take(self, accounts: Sequence[Account], news: Sequence[Report]) -> None:
        """Tell what one look brought."""
        for report in news:
            self._report(report)
        if self._narrated > NARRATED_MAX:
            # Wording thousands of lines that nobody reads would keep the screen waiting.
            return
        for line in self._narrator.tell(accounts):
            self._narrated += 1
            if self._narrated > NARRATED_MAX:
                self.tell("more", "what follows is too much to tell one by one; it is counted")
                return
            self.tell(line.kind, line.text, line.at)
            if line.kind in WHY and line.kind not in self._explained:
                self._explained.add(line.kind)
                why = CAUSES.get(line.data.get("cause", ""), WHY[line.kind])
                self.tell("why", why.format(hidden=self._scenario.setup.shortest))

    def end(self, verdict: ScenarioVerdict) -> None:
        """Tell how it ended, and what to do about it."""
        self.tell("verdict", f"{verdict.says}: {verdict.why}")
        if verdict.judged and verdict.forecast:
            first = verdict.forecast
            self.tell("forecast", f"foretold at first: {first.words}. It was started {first.happened}×")
        for words in verdict.evidence:
            self.tell("evidence", words)
        for words in verdict.doubts:
            self.tell("doubt", f"the counts from events may be incomplete ({words})")
        if not verdict.judged:
            return
        self.tell("why", self._scenario.why)
        if cure := self._cure:
            self.tell("cure", f"{cure.name}: {cure.guarantees}; what it costs: {cure.costs}")
        else:
            self.tell("helps", self._scenario.helps)

    def _report(self, report: Report) -> None:
        match report:
            case reports.BrokerDied():
                self.tell("server", "ended", report.at)
            case reports.BrokerReady():
                self.tell("server", f"{report.version or 'the broker'} answers", report.at)
            case reports.WorkerStarted():
                self.tell("worker", f"{report.name} started (pid {report.pid})", report.at)
            case reports.WorkerExited():
                self.tell("worker", f"{report.name} ended: {report.why}", report.at)
            case reports.WorkerFrozen():
                self.tell("worker", f"{report.name} {'frozen' if report.frozen else 'goes on'}", report.at)
            case reports.WorkerGaveUp():
                self.tell("worker", f"{report.name} was given up", report.at)
            case reports.RigFailed():
                self.tell("failed", report.line, report.at)

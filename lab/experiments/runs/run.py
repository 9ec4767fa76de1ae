"""A running scenario: its own fresh rig, its steps one after the other, its story and its verdict."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lab.experiments.background import Background
from lab.experiments.cure import Cure
from lab.experiments.runs.log import LogLine, RunLog
from lab.experiments.runs.setting_up import start_testbed
from lab.experiments.runs.verdict import Foretold, ScenarioVerdict, Word, foretell, judged
from lab.experiments.scenario import Scenario, Step
from lab.experiments.setup import Check, StepFailed
from lab.experiments.steps.conditions import up
from lab.experiments.steps.steps import Until
from lab.experiments.tally import Counts, count, left
from lab.experiments.testbed import Testbed
from lab.rig.rig import Rig, RigError
from lab.session import News, Session
from lab.watch.model.model import Model

CLOSE_WITHIN = 12.0
"""Seconds that the end of a rig may take."""

COMING_UP = Until("the broker and the workers are up", up, 45)

Place = Literal["done", "current", "waiting"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it is shown."""

    says: str
    place: Place


class ScenarioRun:
    """One run of one scenario. `look` is called often, always by the thread that reads `model`.

    It stands where a `Session` would: `rig`, `url`, `embedded`, `prefix`, `model`, `lost` and `look` are
    what a screen needs of one. Nothing here blocks but `close`. The rig ends by itself after the verdict.
    """

    def __init__(self, scenario: Scenario, cure: Cure | None = None) -> None:
        self.scenario = cure.applied(scenario) if cure else scenario
        self.cure = cure
        self.steps: tuple[Step, ...] = (COMING_UP, *self.scenario.steps)
        self.verdict: ScenarioVerdict | None = None
        self.began = time.time()
        self.session: Session | None = None
        self._story = RunLog(self.scenario.setup.hidden)
        self._nothing = Model()
        self._bench: Testbed | None = None
        self._step = 0
        self._check: Check | None = None
        self._foretold: Foretold | None = None
        self._settling: Background[set[str]] | None = None
        self._closing: Background[None] | None = None
        self._story.begin(self.scenario)
        missing = self.scenario.needs
        if missing and importlib.util.find_spec(missing) is None:
            self._end("skipped", f"needs {missing}: pip install {missing}")
            return
        try:
            self._bench = start_testbed(self.scenario.setup, self._story.tell)
            self.session = self._bench.session
        except RigError as error:
            self._end("failed", str(error))

    @property
    def story(self) -> Sequence[LogLine]:
        """Every line so far, the oldest first; it only grows."""
        return self._story.lines

    @property
    def step(self) -> int:
        """The index in `steps` of the current one; as many as there are when all are over."""
        return self._step

    @property
    def stages(self) -> list[Stage]:
        """The steps, with the current one marked."""
        over = self.verdict is not None and self.verdict.word in ("reproduced", "not reproduced")
        places: list[Place] = [
            "done" if n < self._step or over else "current" if n == self._step else "waiting"
            for n in range(len(self.steps))
        ]
        return [Stage(step.says, place) for step, place in zip(self.steps, places, strict=True)]

    @property
    def done(self) -> bool:
        """There is a verdict; the rig may still be ending."""
        return self.verdict is not None

    @property
    def closed(self) -> bool:
        """There is a verdict and nothing of the rig is left."""
        return self.done and (self.session is None or (self._closing is not None and self._closing.done))

    @property
    def rig(self) -> Rig | None:
        return self.session.rig if self.session else None

    @property
    def url(self) -> str | None:
        return self.session.url if self.session else None

    @property
    def prefix(self) -> str:
        return self.session.prefix if self.session else ""

    @property
    def embedded(self) -> bool:
        return True

    @property
    def model(self) -> Model:
        return self.session.model if self.session else self._nothing

    @property
    def lost(self) -> str | None:
        """Nothing of a scenario's rig should end the program: what went wrong is in the verdict."""
        return None

    def clock(self) -> float:
        """The time that is watched, Unix seconds."""
        return time.time()

    def look(self) -> News:
        """Take in what happened since the last look, and go on with the steps. Never blocks."""
        if self.session is None or self._bench is None:
            return News()
        news = self.session.look()
        if self.done:
            return news
        self._bench.take(news)
        self._story.take(news.accounts, news.reports)
        try:
            self._go_on(self._bench)
        except StepFailed as failure:
            self._end("failed", str(failure))
        return news

    def stop(self) -> None:
        """End it before its time; returns at once, and the rig ends in the background."""
        if not self.done:
            self._end("stopped", "it was stopped before its end")

    def close(self) -> None:
        """Stop it if need be, and wait until nothing is left. Blocks for some seconds at most."""
        self.stop()
        if self._closing:
            self._closing.join(CLOSE_WITHIN)

    def _go_on(self, testbed: Testbed) -> None:
        state = testbed.rig.state
        if trouble := state.failed or state.lost:
            raise StepFailed(trouble)
        if gone := next((one.name for one in state.workers if one.state == "gave up"), None):
            raise StepFailed(f"{gone} does not start; its log: {testbed.last_words(gone)}")
        if self._foretold is None and (foretold := foretell(testbed)):
            self._foretold = foretold
            self._story.tell("forecast", foretold.words)
        while self._step < len(self.steps):
            if self._check is None:
                self._story.tell("step", self.steps[self._step].says)
                self._check = self.steps[self._step].begin(testbed)
            if not self._check():
                return
            self._check, self._step = None, self._step + 1
        self._settle(testbed)

    def _settle(self, testbed: Testbed) -> None:
        """Read what is left on the broker, then judge."""
        if self._settling is None:
            prefix = testbed.session.prefix

            def read() -> set[str]:
                client = testbed.client()
                try:
                    return left(client, prefix)
                finally:
                    client.close()

            self._settling = Background(read)
        if self._settling.error:
            raise StepFailed(f"the broker cannot be read at the end: {self._settling.error}")
        if self._settling.done:
            testbed.left = self._settling.result
            self._judge(testbed)

    def _judge(self, testbed: Testbed) -> None:
        word, why, evidence = judged(self.scenario, testbed)
        if self._foretold:
            attempt = testbed.attempt()
            happened = len(attempt.executions) if attempt else 0
            self._foretold = replace(self._foretold, happened=happened)
        self._end(word, why, evidence)

    def _end(self, word: Word, why: str, evidence: tuple[str, ...] = ()) -> None:
        testbed, cure = self._bench, self.cure.id if self.cure else None
        self.verdict = ScenarioVerdict(
            scenario=self.scenario.id,
            cure=cure,
            word=word,
            why=why,
            counts=count(testbed) if testbed else Counts(),
            forecast=self._foretold,
            evidence=evidence,
            doubts=tuple(self.model.ledger.doubts),
            seconds=time.time() - self.began,
        )
        self._story.end(self.scenario, self.cure, self.verdict)
        if self.session:
            self._closing = Background(self.session.close)

"""A run of a scenario: its own fresh rig, its steps one after the other, its log and its verdict."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import replace

from lab.experiments.background import Background
from lab.experiments.cure import Cure
from lab.experiments.runs.forecast import FirstForecast, first_forecast
from lab.experiments.runs.log import LogLine, RunLog
from lab.experiments.runs.on_broker import read_ids
from lab.experiments.runs.progress import Progress, Stage
from lab.experiments.runs.starting import start_testbed
from lab.experiments.runs.verdict import ScenarioVerdict, Word
from lab.experiments.scenario import Scenario
from lab.experiments.step import StepFailed
from lab.experiments.steps.conditions import up
from lab.experiments.steps.steps import Until
from lab.experiments.tally import Tally, count
from lab.experiments.testbed import Testbed
from lab.rig.rig import Rig, RigError
from lab.session import News, Session
from lab.watch.model.model import Model

CLOSE_WITHIN = 12.0
"""Seconds that the end of a rig may take."""

COMING_UP = Until("the broker and the workers are up", up, 45)


class ScenarioRun:
    """One run of one scenario. `look` is called often, always by the thread that reads `model`.

    Start the rig, do the steps, read what is left on the broker, count and judge, end the rig. Nothing here
    blocks but `close`. It stands where a `Session` would: what a screen needs of one is below.
    """

    def __init__(self, scenario: Scenario, cure: Cure | None = None) -> None:
        self.scenario = cure.applied(scenario) if cure else scenario
        self.cure = cure
        self.verdict: ScenarioVerdict | None = None
        self.began = time.time()
        self.session: Session | None = None
        self._testbed: Testbed | None = None
        self._log = RunLog(self.scenario, cure)
        self._progress = Progress((COMING_UP, *self.scenario.steps))
        self._forecast: FirstForecast | None = None
        self._reading: Background[set[str]] | None = None
        self._closing: Background[None] | None = None
        self._no_model = Model()
        self._start()

    def look(self) -> News:
        """Take in what happened since the last look, and go on with the steps. Never blocks."""
        if self.session is None or self._testbed is None:
            return News()
        news = self.session.look()
        if self.done:
            return news
        self._testbed.take(news)
        self._log.take(news.accounts, news.reports)
        try:
            self._go_on(self._testbed)
        except StepFailed as failure:
            self._break_off("failed", str(failure))
        return news

    def stop(self) -> None:
        """End it before its time; returns at once, and the rig ends in the background."""
        if not self.done:
            self._break_off("stopped", "it was stopped before its end")

    def close(self) -> None:
        """Stop it if need be, and wait until nothing is left. Blocks for some seconds at most."""
        self.stop()
        if self._closing:
            self._closing.join(CLOSE_WITHIN)

    def _start(self) -> None:
        missing = self.scenario.needs
        if missing and importlib.util.find_spec(missing) is None:
            self._break_off("skipped", f"needs {missing}: pip install {missing}")
            return
        try:
            self._testbed = start_testbed(self.scenario.setup, self._log.tell)
            self.session = self._testbed.session
        except RigError as error:
            self._break_off("failed", str(error))

    def _go_on(self, testbed: Testbed) -> None:
        state = testbed.rig.state
        if trouble := state.failed or state.lost:
            raise StepFailed(trouble)
        for worker in state.workers:
            if worker.state == "gave up":
                raise StepFailed(f"{worker.name} does not start; its log: {testbed.last_words(worker.name)}")
        if self._forecast is None:
            self._forecast = first_forecast(testbed)
            if self._forecast:
                self._log.tell("forecast", self._forecast.words)
        if self._progress.go_on(testbed) and self._broker_was_read(testbed):
            self._judge(testbed)

    def _broker_was_read(self, testbed: Testbed) -> bool:
        """Read what is left on the broker, in the background; whether that is done."""
        if self._reading is None:
            self._reading = read_ids(testbed)
        if self._reading.error:
            raise StepFailed(f"the broker cannot be read at the end: {self._reading.error}")
        if self._reading.done:
            testbed.on_broker = self._reading.result
        return self._reading.done

    def _judge(self, testbed: Testbed) -> None:
        """Count, and look for every sign: the verdict is "reproduced" if all of them are there."""
        tally = count(testbed)
        evidence = [sign.look(testbed, tally) for sign in self.scenario.reproduced]
        attempt = testbed.attempt()
        if self._forecast and attempt:
            self._forecast = replace(self._forecast, happened=len(attempt.executions))
        word: Word = "reproduced" if all(each.there for each in evidence) else "not reproduced"
        self._end(word, tally.words, tally, tuple(each.words for each in evidence))

    def _break_off(self, word: Word, why: str) -> None:
        """End without a judgement."""
        self._end(word, why, count(self._testbed) if self._testbed else Tally())

    def _end(self, word: Word, why: str, tally: Tally, evidence: tuple[str, ...] = ()) -> None:
        self.verdict = ScenarioVerdict(
            scenario=self.scenario.id,
            cure=self.cure.id if self.cure else None,
            word=word,
            why=why,
            tally=tally,
            forecast=self._forecast,
            evidence=evidence,
            doubts=tuple(self.model.ledger.doubts),
            seconds=time.time() - self.began,
        )
        self._log.end(self.verdict)
        if self.session:
            self._closing = Background(self.session.close)

    @property
    def log(self) -> Sequence[LogLine]:
        """Every line so far, the oldest first; it only grows."""
        return self._log.lines

    @property
    def step(self) -> int:
        """The index of the current step; as many as there are when all are over."""
        return self._progress.done

    @property
    def stages(self) -> list[Stage]:
        """The steps, with the current one marked."""
        return self._progress.stages()

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
        return self.session.model if self.session else self._no_model

    @property
    def lost(self) -> str | None:
        """Nothing of a scenario's rig should end the program: what went wrong is in the verdict."""
        return None

    def clock(self) -> float:
        """The time that is watched, Unix seconds."""
        return time.time()

"""The model held against many simulated histories, and what a wrong one is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.experiments.simulation.checkers import index
from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.judging import judge_recording
from lab.experiments.simulation.run import carry_out, run_seed
from lab.experiments.simulation.shrinking import shrink
from lab.experiments.simulation.story import story
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched
from lab.watch.recording import Recorder, opened

from .planning import happening, message, plan, worker

HISTORIES = 300
"""Histories that the tests run; `python -m lab simulate --count` runs as many as one has time for."""

SOUND = frozenset({Fault.LATE_ACKS, Fault.CRASH, Fault.DEAF, Fault.LATE, Fault.REPEATED})
"""Faults with which the model must be right today."""


def test_the_model_is_right_about_every_history_or_says_that_it_doubts() -> None:
    for seed in range(HISTORIES):
        run = run_seed(seed, SOUND)
        assert not run.wrong(), "\n".join(story(shrink(run)))


def test_a_wrong_history_is_made_as_short_as_it_stays_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checker that complains of any run at all: one message is enough for it."""

    def complains(truth: Truth, watched: Watched) -> Judgement:
        return judged("any run", [run.id for run in truth.runs])

    monkeypatch.setattr(index, "CHECKERS", (*index.CHECKERS[:1], complains))
    messages = [message(f"m{n}", 3.0 + n, acks_late=True) for n in range(4)]
    crash = happening(Fault.CRASH, 30.0)
    run = carry_out(plan(*messages, happenings=[crash], workers=[worker(), worker("w2@sim")]))
    shortest = shrink(run).plan
    assert len(shortest.messages) == len(shortest.workers) == 1
    assert not shortest.happenings
    assert not shortest.messages[0].acks_late


def test_the_story_names_the_seed_and_what_is_wrong() -> None:
    run = carry_out(plan(message(countdown=12.0)))
    told = "\n".join(story(run))
    assert told.startswith("seed 1: ")
    assert "popped it (sweep): ran" in told


def test_a_recording_is_judged_without_the_truth(tmp_path: Path) -> None:
    run = carry_out(plan(message(countdown=12.0)))
    recorder = Recorder(tmp_path / "history.jsonl")
    for fact in run.facts:
        recorder.take(fact)
    recorder.close()
    judgements = judge_recording(opened(tmp_path / "history.jsonl")[1])
    assert {each.checker: each.evidence for each in judgements} == {
        "forecasts": (),
        "entries": (),
        "counts": (),
    }


@pytest.mark.parametrize("seed", range(10))
def test_shrinking_leaves_a_right_history_alone(seed: int) -> None:
    run = run_seed(seed, SOUND)
    if not run.wrong():
        assert shrink(run).plan == run.plan

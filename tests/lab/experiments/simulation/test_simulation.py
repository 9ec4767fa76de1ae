"""The simulator: one seed is one history, its faults happen, and the checkers can find a mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.experiments.simulation.checkers.conservation import conservation
from lab.experiments.simulation.checkers.duplicates import duplicates
from lab.experiments.simulation.checkers.entries import entries
from lab.experiments.simulation.checkers.executions import executions
from lab.experiments.simulation.checkers.losses import losses
from lab.experiments.simulation.checkers.outcomes import outcomes
from lab.experiments.simulation.plan import CLASSES, draw
from lab.experiments.simulation.run import Mistake, judge, judge_seed, shortest
from lab.experiments.simulation.truth import TrueRun, Truth
from lab.experiments.simulation.world import World
from lab.watch import facts
from lab.watch.model.model import Model

SEEDS = 1_500
"""Histories that the tests judge; `python -m lab simulate` judges as many as one likes."""

FOUND = (64, 83, 160, 232, 521, 838, 1282, 1890, 3076)
"""Seeds in which the simulator found a mistake that is mended."""


def modelled(seed: int, only: tuple[str, ...] | None = None) -> tuple[Truth, Model]:
    told = World(draw(seed, only)).run()
    model = Model()
    for fact in told.facts:
        model.apply(fact)
    model.settle()
    return told.truth, model


def test_the_same_seed_is_the_same_history() -> None:
    one, again = World(draw(7)).run(), World(draw(7)).run()
    assert one.facts == again.facts and one.truth == again.truth
    assert World(draw(8)).run().facts != one.facts


def test_the_model_says_what_happened() -> None:
    wrong = {seed: found for seed in range(SEEDS) if (found := judge_seed(seed).mistakes)}
    assert wrong == {}


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_stays_mended(seed: int) -> None:
    assert judge_seed(seed).mistakes == []


@pytest.mark.parametrize("each", CLASSES)
def test_one_class_of_faults_by_itself_is_told_right(each: str) -> None:
    assert {seed: found for seed in range(40) if (found := judge_seed(seed, (each,)).mistakes)} == {}


def test_every_class_leaves_its_traces() -> None:
    def all_of(only: str) -> list[tuple[Truth, list[facts.AnyFact]]]:
        histories = [World(draw(seed, (only,))).run() for seed in range(40)]
        return [(told.truth, told.facts) for told in histories]

    def told_any(only: str, kind: type) -> bool:
        return any(isinstance(fact, kind) for _, told in all_of(only) for fact in told)

    def ran_any(only: str, how: str) -> bool:
        runs = [run for truth, _ in all_of(only) for each in truth.publications.values() for run in each.runs]
        return any(run.how == how for run in runs)

    assert ran_any("crash", "lost") and told_any("crash", facts.Gone)
    assert told_any("shutdown", facts.Offline) and told_any("connection", facts.Offline)
    assert told_any("revoke", facts.Revoked) and told_any("deaf", facts.Gap)
    assert all(told_any(each, facts.Disconnected) for each in ("restart", "rollback", "data lost"))
    for how in ("failed", "timed out", "rejected", "replaced", "retried", "dropped"):
        assert ran_any("ends", how), how
    fates = {truth.fate(each) for truth, _ in all_of("pop") for each in truth.publications.values()}
    assert "lost" in fates


def falsified(seed: int = 3) -> tuple[Truth, Model, str]:
    """A history without faults, and one of its messages that ran more than once, and is over."""
    truth, model = modelled(seed, ())
    over = [each for each in truth.publications.values() if truth.fate(each) == "done"]
    return truth, model, next(each.id for each in over if len(each.runs) > 1)


def test_a_checker_finds_a_duplicate_that_is_not_told_and_one_that_was_none() -> None:
    truth, model, task_id = falsified()
    assert list(duplicates(truth, model)) == [] and list(executions(truth, model)) == []
    (publication,) = truth.by_message()[task_id]
    publication.runs.append(TrueRun("w1", 99.0, 99.5, "succeeded"))
    assert len(list(duplicates(truth, model))) == len(list(executions(truth, model))) == 1
    del publication.runs[1:]
    assert len(list(duplicates(truth, model))) == 1


def test_a_checker_finds_a_loss_that_is_told_as_a_run() -> None:
    truth, model, task_id = falsified()
    (publication,) = truth.by_message()[task_id]
    for run in publication.runs:
        run.how, run.ended = "lost", 50.0
    truth.held.clear()
    truth.index.pop(publication.tag, None)
    assert any("was lost" in says for says in losses(truth, model))


def test_a_checker_finds_a_wrong_outcome_a_wrong_entry_and_what_does_not_add_up() -> None:
    truth, model, task_id = falsified()
    (publication,) = truth.by_message()[task_id]
    publication.runs[0].how = "failed"
    assert len(list(outcomes(truth, model))) == 1
    truth.index["nobody's"] = 1.0
    assert len(list(entries(truth, model))) == 1
    truth.publications["another"] = replace(publication, tag="another")
    assert len(list(conservation(truth, model))) == 1


def test_the_shortest_history_still_has_the_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a checker that minds every redelivery, one message and one worker are left."""

    def minds(truth: Truth, model: Model) -> list[str]:
        return ["redelivered"] if any(each.restored for each in truth.publications.values()) else []

    monkeypatch.setattr("lab.experiments.simulation.run.CHECKERS", (minds,))
    plan = shortest(draw(3), "minds")
    assert judge(plan).mistakes == [Mistake("minds", "redelivered")]
    assert len(plan.messages) <= len(draw(3).messages) and len(plan.workers) == 1

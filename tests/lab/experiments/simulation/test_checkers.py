"""Each checker can fail: with a truth that was falsified it complains, and names the message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest

from lab.experiments.simulation.checkers import (
    bounds,
    conservation,
    duplicates,
    entries,
    forecasts,
    index,
    losses,
    outcomes,
)
from lab.experiments.simulation.judgement import Judgement, judged, worst
from lab.experiments.simulation.run import come_about
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched, watch
from lab.watch.facts import Gap

from .planning import message, plan, worker

Case: TypeAlias = tuple[Truth, Watched]


@pytest.fixture
def case() -> Case:
    """A message that was redelivered and ran more than once, and one that waits for its ETA."""
    quiet = [worker(interval=2.0, throttle=2)]
    messages = message("early", 3.0, countdown=12.0), message("waits", 4.0, countdown=90.0)
    truth, told = come_about(plan(*messages, workers=quiet, until=80.0))
    return truth, watch(told)


@pytest.mark.parametrize("check", index.CHECKERS)
def test_nothing_is_wrong_with_what_the_model_makes_of_the_truth(
    case: Case, check: Callable[[Truth, Watched], Judgement]
) -> None:
    assert check(*case).evidence == ()


def test_a_duplicate_that_never_was(case: Case) -> None:
    truth, watched = case
    truth.publications[0].runs.clear()
    judgement = duplicates.check(truth, watched)
    assert judgement.validity == "invalid"
    assert "early" in judgement.evidence[0]


def test_a_duplicate_that_is_not_told(case: Case) -> None:
    truth, watched = case
    runs = truth.publications[0].runs
    runs.append(replace(runs[-1], started=runs[-1].started + 1.0))
    assert duplicates.check(truth, watched).validity == "invalid"


def test_a_count_that_carries_a_doubt_is_unknown(case: Case) -> None:
    truth, watched = case
    truth.publications[0].runs.clear()
    watched.model.apply(
        Gap(at=truth.ended, seen=truth.ended, source="events", since=truth.begun, why="a test")
    )
    assert duplicates.check(truth, watched).validity == "unknown"


def test_a_lost_run_that_is_shown_as_ended(case: Case) -> None:
    truth, watched = case
    truth.publications[0].runs[0].outcome = "lost"
    judgement = losses.check(truth, watched)
    assert judgement.validity == "invalid"
    assert "early" in judgement.evidence[0]


def test_an_outcome_that_was_another(case: Case) -> None:
    truth, watched = case
    truth.publications[0].runs[0].outcome = "failed"
    judgement = outcomes.check(truth, watched)
    assert judgement.validity == "invalid"
    assert "early" in judgement.evidence[0]


def test_an_entry_that_stands_elsewhere(case: Case) -> None:
    truth, watched = case
    at, standing = truth.index[-1]
    tag = next(iter(standing))
    truth.index[-1] = at, {tag: standing[tag] + 1.0}
    judgement = entries.check(truth, watched)
    assert judgement.validity == "invalid"
    assert tag in judgement.evidence[0]


def test_an_entry_that_is_gone(case: Case) -> None:
    truth, watched = case
    truth.index[-1] = truth.index[-1][0], {}
    assert "has left the index" in entries.check(truth, watched).evidence[0]


def test_a_redelivery_outside_its_window(case: Case) -> None:
    truth, watched = case
    truth.disturbances.clear()
    for redelivery in truth.redeliveries.values():
        redelivery.restored += 2.0
        redelivery.popped += 2.0
    judgement = forecasts.check(truth, watched)
    assert judgement.validity == "invalid"
    assert "popped again" in judgement.evidence[0]


def test_a_redelivery_that_did_not_come(case: Case) -> None:
    truth, watched = case
    truth.disturbances.clear()
    truth.redeliveries.clear()
    assert any("none came" in sentence for sentence in forecasts.check(truth, watched).evidence)


def test_a_disturbance_excuses_what_nobody_could_foretell(case: Case) -> None:
    truth, watched = case
    truth.disturbances = [(truth.begun + at, "a test") for at in range(80)]
    truth.redeliveries.clear()
    assert forecasts.check(truth, watched).validity == "valid"


def test_a_message_too_few(case: Case) -> None:
    truth, watched = case
    truth.unacked = frozenset()
    judgement = conservation.check(truth, watched)
    assert judgement.validity == "invalid"


def test_a_model_that_raised(case: Case) -> None:
    truth, watched = case
    watched.fault = "KeyError: 'a test'"
    assert "KeyError" in bounds.check(truth, watched).evidence[0]


def test_an_account_of_what_was_never_sent(case: Case) -> None:
    truth, watched = case
    truth.publications.pop()
    assert "never sent" in bounds.check(truth, watched).evidence[0]


def test_of_several_judgements_the_worst_counts() -> None:
    valid, unknown = judged("a", ()), judged("b", (), ["who knows"])
    assert worst([valid, unknown]) == "unknown"
    assert worst([valid, unknown, judged("c", ["no"])]) == "invalid"
    assert worst([]) == "valid"

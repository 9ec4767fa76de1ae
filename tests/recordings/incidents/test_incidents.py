"""What happened to real workers and their broker: the model says of each message what is true of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.watch.model.accounts.account import Account, Delivery, Execution
from lab.watch.model.model import Model
from lab.watch.recording.reading import opened
from tests.recordings.incidents.catalogue import INCIDENTS

HERE = Path(__file__).parent

RECORDINGS = sorted(path.stem for path in HERE.glob("*.jsonl"))

Truths = dict[str, dict[str, Any]]


@pytest.fixture(params=RECORDINGS, scope="module")
def told(request: pytest.FixtureRequest) -> tuple[Model, Truths]:
    """The model of a recording, and the truth of each message."""
    model = Model()
    for fact in opened(HERE / f"{request.param}.jsonl")[1]:
        model.apply(fact)
    model.settle()
    return model, json.loads((HERE / f"{request.param}.json").read_text())


def account_of(model: Model, true: dict[str, Any]) -> Account:
    return model.ledger.accounts[true["id"]]


def runs_of(model: Model, true: dict[str, Any]) -> list[Execution]:
    found = [run for attempt in account_of(model, true).attempts for run in attempt.executions]
    return sorted(found, key=lambda run: run.started)


def deliveries_of(model: Model, true: dict[str, Any]) -> list[Delivery]:
    return [delivery for attempt in account_of(model, true).attempts for delivery in attempt.deliveries]


def test_each_incident_was_captured_with_the_newest_celery() -> None:
    assert {f"{name}-5.7.0" for name in INCIDENTS} <= set(RECORDINGS)


def test_every_start_is_an_execution_with_the_outcome_that_it_had(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        outcomes = [run.outcome for run in runs_of(model, true)]
        assert len(outcomes) == len(true["runs"]), (name, outcomes)
        assert all(map(among, outcomes, true["runs"])), (name, outcomes)


def test_every_publication_becomes_what_it_became(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        outcomes = [attempt.outcome for attempt in account_of(model, true).attempts]
        assert len(outcomes) == len(true["becomes"]), name
        assert all(map(among, outcomes, true["becomes"])), (name, outcomes)


def test_every_run_has_the_verdict_that_is_true_of_it(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        verdicts = [run.verdict for run in runs_of(model, true)]
        assert all(map(among, verdicts, true["verdicts"])), (name, verdicts)


def test_a_verdict_that_may_not_be_the_true_one_is_not_said_for_certain(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        for run, verdict in zip(runs_of(model, true), true["verdicts"], strict=True):
            assert run.verdict == verdict.split(" or ")[0] or not run.certain, name


def test_a_run_after_one_that_was_cut_off_is_never_surely_a_duplicate() -> None:
    """Before celery 5.7 heartbeats do not tell such a run from one that goes on."""
    model = Model()
    for fact in opened(HERE / "connection_lost-5.7.0.jsonl")[1]:
        model.apply(fact)
        model.settle()
        runs = [run for account in model.ledger.accounts.values() for run in account.attempts[0].executions]
        assert not any(run.verdict == "duplicate" and run.certain for run in runs)
    assert [run.verdict for run in runs] == ["first", "recovery"]


def test_every_later_delivery_has_the_cause_that_it_had(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        causes = [delivery.cause for delivery in deliveries_of(model, true)]
        assert set(causes[1:]) <= {true["cause"]}, (name, causes)


def test_copies_that_did_not_run_are_named_for_what_stopped_them(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        states = [delivery.state for delivery in deliveries_of(model, true)]
        assert states.count("stopped") == true["stopped"], (name, states)
        assert states.count("skipped") == true["skipped"], (name, states)


def test_every_delivery_that_a_worker_logged_is_one(told: tuple[Model, Truths]) -> None:
    model, truths = told
    for name, true in truths.items():
        assert len(deliveries_of(model, true)) == true["deliveries"], name


def among(outcome: str, alternatives: str) -> bool:
    """Whether it is one of those that the wire cannot tell apart."""
    return outcome in alternatives.split(" or ")

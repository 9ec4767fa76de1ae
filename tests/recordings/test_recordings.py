"""How real tasks end, as real workers told it: the model says what the tasks noted themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.watch.model.model import Model
from lab.watch.recording.reading import opened

HERE = Path(__file__).parent

NAMES = sorted(path.stem for path in HERE.glob("celery-*.jsonl"))

OUTCOMES = {
    "succeeds": ["succeeded"],
    "succeeds_late": ["succeeded"],
    "raises": ["failed"],
    "raises_late": ["failed"],
    "ends_by_limit": ["timed out"],
    "dies": ["lost"],
    "dies_late": ["lost"],
    "rejects": ["rejected"],
    "hands_back": ["succeeded"],
    "ignores": ["dropped"],
    "replaces": ["replaced", "succeeded"],
    "retries": ["retried", "succeeded"],
    "unknown": ["discarded"],
    "far": ["waiting"],
    "comes_again": ["succeeded", "succeeded"],
}
"""What becomes of every publication of each task."""

LOOPS = ("ends_by_limit_again", "dies_again")
"""Tasks whose message is handed back each time, until the workers were killed."""


def model_of(name: str) -> Model:
    model = Model()
    for fact in opened(HERE / f"{name}.jsonl")[1]:
        model.apply(fact)
    model.settle()
    return model


@pytest.fixture(params=NAMES, scope="module")
def told(request: pytest.FixtureRequest) -> tuple[Model, dict[str, dict[str, object]]]:
    """The model of a recording, and what the tasks noted."""
    return model_of(request.param), json.loads((HERE / f"{request.param}.json").read_text())


def test_there_is_a_recording_of_every_celery_that_is_supported() -> None:
    assert NAMES == ["celery-5.3.6", "celery-5.4.0", "celery-5.6.3", "celery-5.7.0"]


def test_every_start_is_one_execution_and_none_is_a_duplicate(
    told: tuple[Model, dict[str, dict[str, object]]],
) -> None:
    model, sent = told
    for task, truth in sent.items():
        account = model.ledger.accounts[str(truth["id"])]
        runs = [run for attempt in account.attempts for run in attempt.executions]
        assert len(runs) == truth["starts"], task
        assert not [run for run in runs if run.verdict in ("duplicate", "unclear")], task
        assert all(run.certain for run in runs), task


@pytest.mark.parametrize("task", OUTCOMES)
def test_every_publication_has_its_outcome(
    told: tuple[Model, dict[str, dict[str, object]]], task: str
) -> None:
    model, sent = told
    attempts = model.ledger.accounts[str(sent[task]["id"])].attempts
    assert [attempt.outcome for attempt in attempts] == OUTCOMES[task]


@pytest.mark.parametrize("task", LOOPS)
def test_what_is_handed_back_each_time_has_no_end_and_its_deaths_are_counted(
    told: tuple[Model, dict[str, dict[str, object]]], task: str
) -> None:
    model, sent = told
    (attempt,) = model.ledger.accounts[str(sent[task]["id"])].attempts
    if sent[task]["starts"] == 1:
        # Before celery 5.6 a time limit is acknowledged, whatever is set.
        assert task == "ends_by_limit_again" and attempt.outcome == "timed out"
        return
    assert not attempt.settled
    assert attempt.deaths >= len(attempt.executions) - 1
    assert {run.verdict for run in attempt.executions[1:]} == {"requeue"}


def test_an_exception_is_known_by_its_name(told: tuple[Model, dict[str, dict[str, object]]]) -> None:
    model, sent = told
    names = {}
    for task in ("raises", "ends_by_limit", "dies"):
        (attempt,) = model.ledger.accounts[str(sent[task]["id"])].attempts
        names[task] = attempt.executions[0].exception
    assert names == {"raises": "ValueError", "ends_by_limit": "TimeLimitExceeded", "dies": "WorkerLostError"}


def test_everything_that_was_sent_is_accounted_for(
    told: tuple[Model, dict[str, dict[str, object]]],
) -> None:
    balance = told[0].ledger.balance
    parts = balance.waiting, balance.unacked, balance.running, balance.ended, balance.lost, balance.unknown
    assert balance.sent == sum(parts)
    assert (balance.lost, balance.unknown) == (2, 0)
    assert told[0].ledger.doubts == []

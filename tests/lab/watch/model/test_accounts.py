"""The account of one message: deliveries, executions, and what each was."""

from __future__ import annotations

import random

import pytest

from lab.watch import facts
from lab.watch.model.accounts.account import Attempt
from tests.lab.watch.telling import ZERO, Telling, attempts, modelled, only, redelivered


def verdicts(attempt: Attempt) -> list[str]:
    return [run.verdict for run in attempt.executions]


def test_every_run_of_an_attempt_after_the_first_is_a_duplicate() -> None:
    attempt = only(redelivered("w1 w2 w1"))
    assert len(attempt.deliveries) == 3
    assert verdicts(attempt) == ["first", "duplicate", "duplicate"]
    assert [run.worker for run in attempt.executions] == ["w1", "w2", "w1"]
    assert attempt.executions[1].after == pytest.approx(0.002)
    assert attempt.executions[1].first_worker == "w1"


def test_a_delivery_seen_by_score_and_by_event_counts_once() -> None:
    attempt = only(Telling().sent(0).payload(1).popped(1).received(1.002, "w1"))
    (delivery,) = attempt.deliveries
    assert (delivery.worker, delivery.score is not None, delivery.received is not None) == ("w1", True, True)


def test_a_score_that_no_event_matches_is_a_delivery_to_an_unknown_holder() -> None:
    attempt = only(Telling().sent(0).payload(1).popped(1).popped(6.03).received(6.032, "w2"))
    assert [delivery.worker for delivery in attempt.deliveries] == ["", "w2"]
    assert [delivery.cause for delivery in attempt.deliveries] == ["first", "redelivery"]


def test_a_score_long_before_an_event_is_not_its_pop() -> None:
    attempt = only(Telling().sent(0).payload(1).popped(1).received(2.5, "w1"))
    assert [delivery.worker for delivery in attempt.deliveries] == ["", "w1"]


def test_deliveries_are_counted_from_events_alone_and_from_scores_alone() -> None:
    by_events = Telling().sent(0).received(0.1, "w1").received(5.1, "w2")
    by_scores = Telling().payload(0.1).popped(0.1).popped(5.1)
    assert len(only(by_events).deliveries) == len(only(by_scores).deliveries) == 2


def test_a_retry_is_a_new_attempt_and_no_duplicate() -> None:
    told = Telling(eta=None).sent(0).received(0.1, "w1").started(0.2, "w1").sent(0.3, retries=1)
    told.retried(0.31, "w1").received(0.4, "w1", retries=1).started(0.5, "w1").succeeded(0.6, "w1", 0.1)
    first, second = attempts(told)
    assert (first.retries, second.retries) == (0, 1)
    assert verdicts(first) == verdicts(second) == ["first"]
    assert [run.outcome for run in first.executions + second.executions] == ["retried", "succeeded"]


def test_copies_of_a_retry_are_duplicates_of_that_attempt_only() -> None:
    told = Telling(eta=None).settings().sent(0).received(0.1, "w1").started(0.2, "w1").retried(0.3, "w1")
    told.received(0.4, "w1", retries=1).received(5.5, "w2", retries=1)
    told.started(16, "w1").succeeded(16.1, "w1", 0.1).started(16.01, "w2").succeeded(16.2, "w2", 0.1)
    first, second = attempts(told)
    assert verdicts(first) == ["first"]
    assert verdicts(second) == ["first", "duplicate"]


def test_a_retry_of_which_little_was_seen_is_not_called_a_duplicate() -> None:
    told = Telling(eta=None).received(0.1, "w1").started(0.2, "w1").started(0.5, "w2")
    attempt = only(told)
    assert verdicts(attempt) == ["first", "unclear"]
    told.retried(0.3, "w1")
    first, second = attempts(told)
    assert verdicts(first) == verdicts(second) == ["first"]


def test_a_run_whose_delivery_was_not_seen_is_a_duplicate_once_another_run_had_ended() -> None:
    told = (
        Telling(eta=None).received(0.1, "w1").started(0.2, "w1").succeeded(0.3, "w1", 0.1).started(0.5, "w2")
    )
    duplicate = only(told).executions[1]
    assert (duplicate.verdict, duplicate.certain) == ("duplicate", False)
    assert modelled(told.facts).ledger.doubts == ["a run whose delivery was not seen"]


def test_a_skipped_copy_is_no_execution() -> None:
    told = Telling(eta=None).received(0, "w1").started(0.1, "w1").succeeded(9, "w1", 8.9)
    told.received(5, "w2").started(9.1, "w2")
    assert verdicts(only(told)) == ["first", "duplicate"]
    told.skipped(9.2, "w2")
    attempt = only(told)
    assert verdicts(attempt) == ["first"]
    assert [delivery.state for delivery in attempt.deliveries] == ["ran", "skipped"]


def test_a_run_while_another_still_goes_is_concurrent_and_one_after_it_is_late() -> None:
    told = Telling(eta=None).sent(0).received(0, "w1").started(0.1, "w1").received(5, "w2").started(5.1, "w2")
    told.succeeded(13, "w1", 12.9).received(20, "w3").succeeded(18, "w2", 12.9).started(20.1, "w3")
    _, second, third = only(told).executions
    assert (second.verdict, second.concurrent) == ("duplicate", True)
    assert (third.verdict, third.concurrent) == ("duplicate", False)


def test_a_run_after_a_kill_took_the_first_is_a_recovery() -> None:
    told = Telling(eta=None).settings().online(0, "w1").sent(1).received(1.1, "w1").started(1.2, "w1")
    told.gone(2, "w1").received(7, "w2").started(7.1, "w2").succeeded(8, "w2", 0.9)
    attempt = only(told)
    assert [run.outcome for run in attempt.executions] == ["lost", "succeeded"]
    assert verdicts(attempt) == ["first", "recovery"]
    assert "killed" in attempt.executions[1].why


def test_a_run_after_the_recovery_is_a_duplicate_again() -> None:
    told = Telling(eta=None).online(0, "w1").received(1.1, "w1").started(1.2, "w1").gone(2, "w1")
    told.received(7, "w2").started(7.1, "w2").received(12, "w3").started(12.1, "w3")
    assert verdicts(only(told)) == ["first", "recovery", "duplicate"]


def test_a_run_whose_child_was_lost_is_recovered_from() -> None:
    told = (
        Telling(eta=None).received(0, "w1").started(0.1, "w1").failed(1, "w1", "WorkerLostError('signal 9')")
    )
    told.received(6, "w2").started(6.1, "w2")
    attempt = only(told)
    assert attempt.executions[0].outcome == "lost"
    assert verdicts(attempt) == ["first", "recovery"]


def test_a_worker_that_took_the_name_of_another_shows_that_the_other_ended() -> None:
    told = Telling(eta=None).online(0, "w1").received(1, "w1").started(1.1, "w1").online(3, "w1", pid=999)
    told.received(7, "w2").started(7.1, "w2")
    assert verdicts(only(told)) == ["first", "recovery"]


def test_a_worker_that_only_lost_its_connection_still_runs_its_task() -> None:
    told = Telling(eta=None).online(0, "w1").received(1, "w1").started(1.1, "w1").offline(3, "w1")
    told.online(3.5, "w1").received(3.6, "w2").started(3.7, "w2").succeeded(9, "w1", 7.9)
    attempt = only(told)
    assert attempt.deliveries[1].cause == "requeue"
    assert verdicts(attempt) == ["first", "duplicate"]
    assert attempt.executions[1].concurrent


def test_silence_is_a_presumed_end_and_a_thawed_worker_takes_it_back() -> None:
    told = Telling(eta=None).online(0, "w2").heartbeat(0, "w1").received(1, "w1").started(1.1, "w1")
    told.received(30, "w2").started(30.1, "w2").heartbeat(40, "w2")
    recovered = only(told).executions[1]
    assert (recovered.verdict, recovered.certain) == ("recovery", False)
    told.heartbeat(41, "w1")
    assert verdicts(only(told)) == ["first", "duplicate"]


def test_silence_since_the_broker_was_restarted_says_nothing_of_a_worker() -> None:
    told = Telling(eta=None).online(0, "w2").heartbeat(0, "w1").received(1, "w1").started(1.1, "w1")
    for at, process in ((0.0, "before"), (6.0, "after")):
        told.facts.append(facts.Server(at=ZERO + at, seen=ZERO + at, run_id=process))
    told.received(30, "w2").started(30.1, "w2").heartbeat(40, "w2")
    first, second = only(told).executions
    assert first.outcome == "unknown"
    assert second.verdict == "unclear"


def test_a_task_that_was_handed_back_and_runs_again_is_a_requeue() -> None:
    told = Telling(eta=None).settings().received(0, "w1").started(0.1, "w1").rejected(0.2, "w1", requeue=True)
    told.received(0.3, "w2").started(0.4, "w2").succeeded(0.5, "w2", 0.1)
    attempt = only(told)
    assert attempt.deliveries[1].cause == "requeue"
    assert verdicts(attempt) == ["first", "requeue"]


def test_what_a_warm_shutdown_hands_back_is_a_requeue_even_if_another_holds_it() -> None:
    told = Telling().settings().online(0, "w1").online(0, "w2").sent(0).payload(0.01)
    told.popped(0.01).received(0.011, "w1").popped(5.3).received(5.31, "w2")
    told.offline(12, "w1").popped(12.1).received(12.11, "w2")
    attempt = only(told)
    assert [delivery.cause for delivery in attempt.deliveries] == ["first", "redelivery", "requeue"]
    assert [delivery.state for delivery in attempt.deliveries] == ["dropped", "held", "held"]


def test_a_message_whose_clock_was_set_back_is_redelivered_by_its_new_age_and_was_not_popped_then() -> None:
    told = Telling().settings(timeout=43_200).sent(0).payload(0.1).popped(0.1).received(0.101, "w1")
    told.aged(2, seconds=4_020).popped(3).received(3.001, "w2")
    attempt = only(told)
    assert [delivery.worker for delivery in attempt.deliveries] == ["w1", "w2"]
    assert [delivery.cause for delivery in attempt.deliveries] == ["first", "redelivery"]


def test_a_revoked_copy_does_not_run() -> None:
    told = Telling().received(0, "w1").received(5, "w2").revoked(28, "w1").revoked(28, "w2")
    attempt = only(told)
    assert attempt.executions == [] and attempt.held == []
    assert {delivery.state for delivery in attempt.deliveries} == {"revoked"}


def test_an_expired_copy_does_not_run() -> None:
    attempt = only(Telling().received(0, "w1").revoked(28, "w1", expired=True))
    assert [delivery.state for delivery in attempt.deliveries] == ["expired"]


def test_two_copies_in_one_worker_are_told_apart_by_runtime() -> None:
    told = Telling(eta=9).received(0, "w1").received(5, "w1").started(10, "w1").started(11, "w1")
    told.succeeded(12, "w1", 1.0).succeeded(15, "w1", 5.0)
    slow, quick = only(told).executions
    assert (slow.ended, quick.ended) == (1_000_015.0, 1_000_012.0)
    assert slow.certain and quick.certain


def test_failures_pair_by_order_and_are_marked_uncertain() -> None:
    told = Telling(eta=None).received(0, "w1").received(5, "w1").started(10, "w1").started(11, "w1")
    told.failed(12, "w1")
    first, second = only(told).executions
    assert (first.outcome, first.certain, second.outcome) == ("failed", False, "running")


def test_an_end_without_a_start_is_an_execution_and_marks_the_counts() -> None:
    told = Telling().sent(0).received(0.1, "w1").succeeded(28.5, "w1", 0.5)
    model = modelled(told.facts)
    assert model.ledger.counts.executions == 1
    assert model.ledger.doubts == ["a run ended whose start was not seen"]


def test_a_start_that_comes_late_takes_the_doubt_back() -> None:
    told = Telling().sent(0).received(0.1, "w1").succeeded(28.5, "w1", 0.5)
    model = modelled(told.facts)
    model.apply(Telling().started(28, "w1").facts[0])
    model.settle()
    assert model.ledger.doubts == []
    assert model.ledger.counts.executions == 1


@pytest.mark.parametrize("seed", range(20))
def test_the_order_in_which_facts_are_learned_does_not_matter(seed: int) -> None:
    told = redelivered("w1 w2 w1 w2 w1 w1")
    expected = modelled(told.facts).ledger
    shuffled = [*told.facts, *told.facts[::3]]
    random.Random(seed).shuffle(shuffled)
    ledger = modelled(shuffled).ledger
    assert ledger.counts == expected.counts
    assert ledger.accounts == expected.accounts


def test_a_killed_run_whose_entry_still_stands_is_not_over() -> None:
    told = Telling(eta=None).online(0, "w1").sent(0).payload(1).popped(1).received(1.01, "w1")
    told.started(1.1, "w1").gone(2, "w1")
    assert not only(told).settled
    assert not only(told.left(3)).settled, "it was put back: who is gone acknowledges nothing"


def test_a_killed_run_that_was_acknowledged_before_is_lost() -> None:
    told = Telling(eta=None).online(0, "w1").sent(0).payload(1).popped(1).received(1.01, "w1")
    attempt = only(told.started(1.1, "w1").left(1.2).gone(2, "w1"))
    assert attempt.settled and attempt.outcome == "lost"


def test_a_copy_that_is_revoked_on_receipt_is_a_delivery() -> None:
    told = Telling().received(0, "w1").revoked(3, "w2").revoked(28, "w1")
    attempt = only(told)
    assert [delivery.state for delivery in attempt.deliveries] == ["revoked", "revoked"]


def test_without_events_the_counts_say_that_runs_are_not_known() -> None:
    told = Telling().payload(1).popped(1).popped(6).left(28)
    ledger = modelled(told.facts).ledger
    assert (ledger.counts.deliveries, ledger.counts.executions) == (2, 0)
    assert ledger.doubts == ["a copy of which no event tells whether it ran"]


def test_a_message_first_seen_after_a_redelivery_says_so() -> None:
    told = Telling().popped(6)
    told.facts.append(facts.Payload(at=ZERO + 6, tag="tag-1", id="task-1", redelivered=True))
    assert modelled(told.facts).ledger.doubts == ["a message that had been delivered before the watch began"]


def test_a_copy_that_was_due_and_not_seen_to_run_is_a_doubt() -> None:
    told = (
        Telling().sent(0).received(0.1, "w1").received(5, "w1").started(28, "w1").succeeded(28.1, "w1", 0.1)
    )
    told.heartbeat(37, "w1")
    assert modelled(told.facts).ledger.doubts == []
    told.heartbeat(39, "w1")
    assert modelled(told.facts).ledger.doubts == ["a copy was due and was not seen to run"]

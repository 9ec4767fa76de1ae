"""Simulated histories: the same seed gives the same one, and each fault comes about as with real workers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lab.experiments.simulation.drawing import draw
from lab.experiments.simulation.faults import Fault
from lab.experiments.simulation.plan import PlannedWatch
from lab.experiments.simulation.run import come_about
from lab.watch import facts

from .planning import happening, history, kinds, message, worker


def of(told: list[facts.AnyFact], kind: type[facts.AnyFact]) -> list[facts.AnyFact]:
    return [fact for fact in told if type(fact) is kind]


@pytest.mark.parametrize("seed", range(20))
def test_the_same_seed_gives_the_same_facts_and_the_same_truth(seed: int) -> None:
    first, second = come_about(draw(seed)), come_about(draw(seed))
    assert first[1] == second[1]
    assert [each.runs for each in first[0].publications] == [each.runs for each in second[0].publications]


@pytest.mark.parametrize("fault", Fault)
def test_only_the_faults_that_are_asked_for_are_drawn(fault: Fault) -> None:
    drawn = [draw(seed, {fault}) for seed in range(20)]
    assert {each for plan in drawn for each in plan.faults} == {fault}
    assert {each.fault for plan in drawn for each in plan.happenings} <= {fault}


def test_a_message_that_runs_is_popped_received_started_and_left() -> None:
    truth, told = history(message())
    assert kinds(told) == ["Received", "Started", "Succeeded"]
    (publication,) = truth.publications
    assert truth.fate(publication) == "ended"
    assert publication.deliveries[0].cause == "first"


def test_an_eta_beyond_the_timeout_runs_once_for_each_sweep_that_put_it_back() -> None:
    truth, told = history(message(countdown=16.0))
    runs = truth.publications[0].runs
    assert len(runs) == 1 + len(truth.redeliveries) >= 3
    assert truth.duplicates() == {"m1": (len(runs) - 1, len(runs) - 1)}
    pops = of(told, facts.Popped)
    assert all(later.at - earlier.at > 5.0 for earlier, later in pairwise(pops))


def test_a_message_that_is_acknowledged_between_two_readings_is_never_seen_in_the_index() -> None:
    _, told = history(message(lasts=0.01))
    assert not of(told, facts.Popped)


def test_a_crash_loses_a_run_that_was_acknowledged_early() -> None:
    truth, told = history(message(lasts=9.0), happenings=[happening(Fault.CRASH, 6.0, lasts=2.0)])
    assert truth.fate(truth.publications[0]) == "lost"
    assert truth.publications[0].runs[0].outcome == "lost"
    assert kinds(told) == ["Received", "Started"]


def test_a_crash_brings_back_a_run_that_is_acknowledged_late() -> None:
    crash = happening(Fault.CRASH, 6.0, lasts=2.0)
    truth, _ = history(message(lasts=4.0, acks_late=True), happenings=[crash])
    assert [run.outcome for run in truth.publications[0].runs] == ["lost", "succeeded"]
    assert truth.duplicates() == {"m1": (0, 0)}


def test_a_worker_that_dies_between_brpop_and_zadd_takes_the_message_along() -> None:
    truth, told = history(message(), happenings=[happening(Fault.CRASH, 2.5, how="popping")])
    assert truth.fate(truth.publications[0]) == "lost"
    assert kinds(told) == []
    assert of(told, facts.Nowhere)


def test_a_full_broker_loses_what_is_popped_and_ends_the_worker() -> None:
    truth, told = history(
        message(), happenings=[happening(Fault.FULL, 2.0, lasts=5.0)], watch=PlannedWatch(gone=True)
    )
    assert truth.fate(truth.publications[0]) == "lost"
    assert of(told, facts.Gone)


def test_a_frozen_worker_runs_its_copy_late() -> None:
    frozen = happening(Fault.FROZEN, 4.0, lasts=20.0)
    workers = [worker(), worker("w2@sim", 6.0)]
    truth, _ = history(message(countdown=3.0), happenings=[frozen], workers=workers)
    assert [run.worker for run in truth.publications[0].runs] == ["w2@sim", "w1@sim"]
    assert truth.publications[0].runs[1].started > truth.begun + 24.0


def test_a_warm_shutdown_says_offline_at_once_and_lets_its_run_end() -> None:
    truth, told = history(message(lasts=6.0), happenings=[happening(Fault.WARM, 5.0, how="warm")])
    (offline,), (ended,) = of(told, facts.Offline), of(told, facts.Succeeded)
    assert offline.at < truth.begun + 5.1 < ended.at
    assert ended.seen - ended.at > 1.0


def test_a_shutdown_hands_back_a_copy_that_waits() -> None:
    warm = happening(Fault.WARM, 5.0, how="warm")
    truth, _ = history(message(countdown=20.0), happenings=[warm])
    assert truth.fate(truth.publications[0]) == "waiting"
    assert truth.publications[0].redelivered


def test_a_cold_shutdown_cancels_what_runs_and_loses_what_was_acknowledged() -> None:
    messages = message(lasts=20.0), message("m2", lasts=20.0, acks_late=True)
    truth, told = history(*messages, happenings=[happening(Fault.COLD, 5.0, how="cold")])
    assert [truth.fate(each) for each in truth.publications] == ["lost", "waiting"]
    assert len(of(told, facts.Cancelled)) == 2


def test_sigterm_to_the_whole_group_acknowledges_what_it_killed() -> None:
    messages = message(lasts=20.0), message("m2", lasts=20.0, acks_late=True)
    truth, _ = history(*messages, happenings=[happening(Fault.COLD, 5.0, how="group")])
    assert [truth.fate(each) for each in truth.publications] == ["lost", "lost"]


def test_a_lost_connection_hands_back_at_once_and_the_old_run_acknowledges_the_new_entry() -> None:
    cut = happening(Fault.CONNECTION, 4.0)
    truth, told = history(message(lasts=6.0, acks_late=True), happenings=[cut])
    first, second = truth.publications[0].deliveries
    assert (first.cause, second.cause) == ("first", "handed back")
    assert second.at - truth.begun < 5.2
    assert len(truth.publications[0].runs) == 2
    assert [type(each) for each in told if isinstance(each, facts.Online | facts.Offline)] == [
        facts.Online,
        facts.Offline,
        facts.Online,
    ]


def test_a_worker_that_cancels_on_a_lost_connection_runs_it_again_alone() -> None:
    cut = happening(Fault.CONNECTION, 4.0)
    workers = [worker(cancels=True)]
    truth, _ = history(message(lasts=3.0, acks_late=True), happenings=[cut], workers=workers)
    assert [run.outcome for run in truth.publications[0].runs] == ["cancelled", "succeeded"]


@pytest.mark.parametrize(
    ("ends", "late", "said"),
    [
        (("fail",), False, ["Received", "Started", "Failed"]),
        (("limit",), True, ["Received", "Started", "Failed", "Failed"]),
        (("ignore",), False, ["Received", "Started"]),
        (("reject",), True, ["Received", "Started", "Failed", "Rejected"]),
        (("reject",), False, ["Received", "Started", "Failed"]),
        (
            ("requeue", "succeed"),
            True,
            ["Received", "Started", "Rejected", "Received", "Started", "Succeeded"],
        ),
        (("requeue",), False, ["Received", "Started"]),
        (("kill",), False, ["Received", "Started", "Failed"]),
        (("retry", "succeed"), False, ["Received", "Started", "Retried", "Received", "Started", "Succeeded"]),
        (("replace", "succeed"), False, ["Received", "Started", "Received", "Started", "Succeeded"]),
    ],
)
def test_each_end_is_told_as_the_worker_tells_it(ends: tuple[str, ...], late: bool, said: list[str]) -> None:
    _, told = history(message(ends=ends, acks_late=late))
    assert sorted(kinds(told)) == sorted(said)


def test_a_hard_time_limit_is_told_once_by_older_workers() -> None:
    _, told = history(message(ends=("limit",)), workers=[worker(release="5.6")])
    assert kinds(told) == ["Received", "Started", "Failed"]


def test_a_retry_has_a_tag_of_its_own_and_one_retry_more() -> None:
    truth, _ = history(message(ends=("retry", "succeed"), retry_countdown=8.0))
    first, second = truth.publications
    assert (first.id, first.retries, second.retries) == ("m1", 0, 1) == (second.id, 0, 1)
    assert first.tag != second.tag


def test_replace_sends_another_task_under_the_same_id() -> None:
    truth, _ = history(message(ends=("replace", "succeed")))
    assert [(each.id, each.task, each.retries) for each in truth.publications] == [
        ("m1", "sim.run", 0),
        ("m1", "sim.inner", 0),
    ]


def test_a_killed_child_with_reject_on_worker_lost_says_rejected_alone() -> None:
    plan = message(lasts=3.0, ends=("kill", "succeed"), acks_late=True, reject_on_lost=True)
    truth, told = history(plan)
    assert kinds(told)[:3] == ["Received", "Started", "Rejected"]
    assert [run.outcome for run in truth.publications[0].runs] == ["lost", "succeeded"]


def test_a_failing_task_with_acks_on_failure_off_is_rejected_and_then_failed() -> None:
    _, told = history(message(ends=("fail",), acks_late=True, acks_on_failure=False))
    rejected, failed = of(told, facts.Rejected)[0], of(told, facts.Failed)[0]
    assert rejected.clock < failed.clock


def test_an_unknown_task_fails_without_having_been_received() -> None:
    truth, told = history(message(unknown=True))
    assert kinds(told) == ["Failed"]
    assert truth.publications[0].deliveries[0].state == "discarded"


def test_a_lock_lets_one_copy_run() -> None:
    truth, told = history(message(countdown=16.0, locked=True))
    assert len(truth.publications[0].runs) == 1
    assert len(of(told, facts.Started)) == 1 + len(of(told, facts.Dropped)) >= 3


def test_a_revoked_message_is_told_when_it_is_due() -> None:
    revoke = happening(Fault.REVOKE, 5.0, message="m1")
    truth, told = history(message(countdown=4.0), happenings=[revoke])
    (revoked,) = of(told, facts.Revoked)
    assert revoked.at > truth.begun + 7.0
    assert not truth.publications[0].runs


def test_an_expired_message_does_not_run() -> None:
    truth, told = history(message(countdown=4.0, expires=2.0))
    assert of(told, facts.Revoked)[0].expired
    assert not truth.publications[0].runs


def test_a_worker_writes_scores_by_its_own_clock() -> None:
    truth, told = history(message(countdown=2.0), workers=[worker(skew=-2.0)])
    (popped,) = of(told, facts.Popped)
    assert popped.at < truth.begun + 1.5 < popped.seen


def test_a_clock_that_is_ahead_sweeps_what_others_just_took() -> None:
    workers = [worker(), worker("w2@sim", 1.0, skew=10.0)]
    truth, _ = history(message(countdown=10.0), workers=workers)
    assert min(each.restored for each in truth.redeliveries.values()) < truth.begun + 4.1


def test_a_mutex_that_is_left_behind_stops_all_sweeps() -> None:
    mutex = happening(Fault.MUTEX, 2.0, lasts=30.0)
    truth, _ = history(message(countdown=20.0), happenings=[mutex])
    assert not truth.redeliveries


@pytest.mark.parametrize(("how", "fate"), [("", "unacked"), ("wiped", "lost")])
def test_a_broker_that_comes_back_has_its_memory_or_not(how: str, fate: str) -> None:
    fault = Fault.WIPED if how else Fault.RESTART
    gone = happening(fault, 6.0, lasts=1.0, how=how)
    workers = [worker(timeout=300.0, exits_without_broker=True)]
    truth, told = history(message(countdown=90.0), happenings=[gone], workers=workers)
    assert truth.fate(truth.publications[0]) == fate
    assert len({each.run_id for each in of(told, facts.Server)}) == 2
    assert {each.source for each in of(told, facts.Gap)} == {"events", "keys"}


def test_a_broker_that_goes_back_in_time_has_the_message_in_its_queue_again() -> None:
    busy = worker(slots=1, prefetch=1)
    times = [
        happening(Fault.ROLLBACK, 4.0, how="save"),
        happening(Fault.ROLLBACK, 12.0, lasts=0.5, how="rollback"),
    ]
    truth, _ = history(
        message(lasts=4.0, acks_late=True), message("m2", 3.5), happenings=times, workers=[busy]
    )
    second = truth.publications[1]
    assert [each.cause for each in second.deliveries] == ["first", "rolled back"]
    assert not second.redelivered


def test_a_stranger_sweeps_with_its_own_timeout() -> None:
    stranger = happening(Fault.FOREIGN_SWEEPER, 8.0, how="1.0")
    truth, _ = history(message(countdown=20.0), happenings=[stranger], workers=[worker(timeout=300.0)])
    assert len(truth.redeliveries) == 1


def test_foreign_commands_look_like_a_sweep_and_move_nothing() -> None:
    foreign = happening(Fault.FOREIGN_COMMANDS, 8.1, lasts=0.0)
    slow = [worker(interval=10.0, throttle=10)]
    truth, told = history(message(countdown=20.0), happenings=[foreign], workers=slow)
    assert any(each.at > truth.begun + 8.0 for each in of(told, facts.Swept))
    assert not truth.redeliveries


def test_a_deaf_observer_says_since_when() -> None:
    deaf = happening(Fault.DEAF, 2.5, lasts=4.0)
    truth, told = history(message(), happenings=[deaf])
    assert kinds(told) == []
    (gap,) = of(told, facts.Gap)
    assert (gap.source, gap.since) == ("events", truth.begun + 2.5)


def test_a_blind_observer_sees_what_stands_when_it_looks_again() -> None:
    blind = happening(Fault.BLIND, 2.5, lasts=6.0)
    truth, told = history(message(countdown=20.0), happenings=[blind], workers=[worker(timeout=300.0)])
    (popped,) = of(told, facts.Popped)
    assert popped.seen > truth.begun + 8.5


def test_events_that_vanish_are_noted_in_the_truth_alone() -> None:
    truth, told = history(message(), watch=PlannedWatch(vanishing=1.0))
    assert kinds(told) == []
    assert not of(told, facts.Gap)
    assert truth.doubtful


def test_events_come_late_and_twice() -> None:
    _, told = history(message(), watch=PlannedWatch(late=5.0, repeated=1.0))
    assert sorted(kinds(told)) == sorted(2 * ["Received", "Started", "Succeeded"])
    assert max(each.seen - each.at for each in of(told, facts.Heartbeat)) > 3.0


def test_a_watch_that_begins_late_sees_what_stands_and_that_it_was_redelivered() -> None:
    truth, told = history(message(countdown=50.0), watch=PlannedWatch(starts=15.0))
    assert min(each.seen for each in told) >= truth.watched
    (payload,) = of(told, facts.Payload)
    assert payload.redelivered

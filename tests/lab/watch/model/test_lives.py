"""The lives of worker processes: endings, clocks, and a bounded memory."""

from __future__ import annotations

import pytest

from lab.watch import facts
from lab.watch.model.lives import LIVES_OF_ONE, Lives
from tests.lab.watch.telling import ZERO, Telling, modelled, only


def skewed(telling: Telling, worker: str, ahead: float) -> Telling:
    """The same facts, those of one worker told by a clock that is ahead."""
    telling.facts = [
        type(fact)(
            **{
                **{name: getattr(fact, name) for name in fact.__struct_fields__},
                "at": fact.at + ahead * (getattr(fact, "worker", "") == worker),
            }
        )
        for fact in telling.facts
    ]
    return telling


def test_a_clock_that_is_ahead_makes_nobody_else_silent() -> None:
    told = Telling(eta=None).heartbeat(0, "w1").heartbeat(0, "w2").received(1, "w1").started(1.1, "w1")
    told.heartbeat(2, "w1").heartbeat(2, "w2").received(6, "w2").started(6.1, "w2")
    attempt = only(skewed(told, "w2", 300))
    assert [run.verdict for run in attempt.executions] == ["first", "duplicate"]


def test_the_skew_of_a_worker_is_learned_from_when_its_events_arrive() -> None:
    lives = modelled(skewed(Telling().heartbeat(1, "w1").heartbeat(1, "w2"), "w2", 70).facts).ledger.lives
    assert lives.skew("w1") == 0
    assert lives.skew("w2") == pytest.approx(70)


def test_a_redelivery_between_workers_whose_clocks_differ_is_no_requeue() -> None:
    told = Telling().settings(5).heartbeat(0, "w1").heartbeat(0, "w2").sent(0.1)
    told.received(0.2, "w1").received(5.4, "w2")
    assert [d.cause for d in only(skewed(told, "w2", -3)).deliveries] == ["first", "redelivery"]


def test_a_worker_restarted_in_its_container_lost_what_it_ran() -> None:
    told = Telling(eta=None)
    told.facts.append(facts.Online(at=ZERO, seen=ZERO, worker="w1", pid=1, clock=5_000))
    told.facts.append(
        facts.Received(at=ZERO + 1, seen=ZERO + 1, id="task-1", worker="w1", pid=1, clock=5_001)
    )
    told.facts.append(facts.Started(at=ZERO + 1, seen=ZERO + 1, id="task-1", worker="w1", pid=1, clock=5_002))
    told.facts.append(facts.Online(at=ZERO + 4, seen=ZERO + 4, worker="w1", pid=1, clock=3))
    told.received(8, "w2").started(8.1, "w2")
    runs = only(told).executions
    assert [run.outcome for run in runs] == ["lost", "running"]
    assert [run.verdict for run in runs] == ["first", "recovery"]


def test_a_worker_that_took_the_name_later_does_not_undo_a_recovery() -> None:
    told = Telling(eta=None).heartbeat(0, "w1").heartbeat(0, "w2").received(1, "w1").started(1.1, "w1")
    told.heartbeat(30, "w2").received(31, "w2").started(31.1, "w2").online(60, "w1", pid=999)
    assert [run.verdict for run in only(told).executions] == ["first", "recovery"]


def test_names_and_pids_from_the_wire_fill_no_memory() -> None:
    lives = Lives()
    for pid in range(1, 500):
        lives.apply(facts.Online(at=ZERO + pid, worker="w1", pid=pid))
        lives.changed()
    assert len(list(lives)) == len(lives._known) == LIVES_OF_ONE
    assert lives.life("w1", 499) is not None

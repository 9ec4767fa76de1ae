"""The silence of events: that workers do not tell of what they take is said, and never taken for quiet."""

from __future__ import annotations

from lab.watch import facts
from tests.lab.watch.telling import ZERO, Telling, modelled


def listening(told: Telling) -> Telling:
    told.facts.insert(0, facts.Connected(at=ZERO, seen=ZERO, source="events"))
    return told


def doubts(told: Telling) -> list[str]:
    return modelled(listening(told).facts).ledger.doubts


def test_a_message_that_is_taken_without_a_word_makes_the_counts_doubtful() -> None:
    told = Telling().online(0.5, "w1").payload(1).popped(1).totals(6)
    assert any("task events are off" in doubt for doubt in doubts(told))


def test_where_no_worker_is_heard_at_all_it_is_not_said_to_run_without_task_events() -> None:
    (doubt,) = doubts(Telling().payload(1).popped(1).totals(6))
    assert "no event of any worker is heard" in doubt and "-E" not in doubt


def test_an_event_that_comes_late_is_no_silence() -> None:
    assert not doubts(Telling().payload(1).popped(1).received(1.2, "w1").totals(2))


def test_what_was_taken_before_anybody_listened_says_nothing() -> None:
    assert not doubts(Telling().payload(-5).popped(-5).totals(6))


def test_a_message_delivered_before_the_watch_has_no_certain_first_run() -> None:
    told = Telling(eta=None).popped(1)
    told.facts.append(facts.Payload(at=ZERO + 1, seen=ZERO + 1, tag="tag-1", id="task-1", redelivered=True))
    told.received(1.01, "w1").started(1.1, "w1")
    (attempt,) = modelled(told.facts).ledger.accounts["task-1"].attempts
    assert attempt.earlier and not attempt.executions[0].certain


def test_messages_that_are_held_and_stand_nowhere_say_that_unacked_has_another_name() -> None:
    told = Telling(eta=60).received(1, "w1").totals(6)
    assert any("another name" in doubt for doubt in doubts(told))
    assert not any(
        "another name" in doubt for doubt in doubts(Telling(eta=60).payload(1).popped(1).totals(6))
    )


def test_where_the_index_may_not_be_read_nothing_is_said_of_its_name() -> None:
    told = Telling(eta=60).received(1, "w1").totals(6)
    refused = facts.Unknown(at=ZERO, seen=ZERO, source="keys", what=facts.POPS, why="NOPERM")
    told.facts.insert(0, refused)
    assert doubts(told) == [f"{facts.POPS}: NOPERM"]


def test_one_worker_without_events_among_others_is_told_by_what_it_takes() -> None:
    told = Telling(eta=60).received(1, "w1").payload(1).popped(1)
    quiet = Telling(id="task-2", tag="tag-2", eta=60).popped(2).payload(2)
    told.facts += quiet.facts
    assert not doubts(told.totals(4)), "its event may be on its way"
    assert any("workers without -E" in doubt for doubt in doubts(told.totals(6)))
    late = Telling(id="task-2", tag="tag-2", eta=60).received(2, "w2")
    assert not any("-E" in doubt for doubt in doubts(Telling(facts=[*told.facts, *late.facts])))


def test_what_was_taken_before_the_watch_began_owes_no_event() -> None:
    told = Telling(eta=60).received(1, "w1").payload(1).popped(1)
    told.facts += Telling(id="task-2", tag="tag-2", eta=60).popped(-100).payload(0).facts
    assert not any("-E" in doubt for doubt in doubts(told.totals(9)))

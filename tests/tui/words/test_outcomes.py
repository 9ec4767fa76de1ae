"""The story of a message by its outcome, in plain words."""

from __future__ import annotations

from lab.watch import facts
from tests.lab.watch.telling import ZERO, Telling, attempts, modelled
from tests.tui import outcomes
from tests.tui.words.test_story import story
from tui.cells.outcome import outcome_pieces
from tui.words.story import tell
from tui.words.told import Story


def first(told: Telling, now: float = 60) -> Story:
    """The story of the first publication."""
    model = modelled(told.facts)
    return tell(model.ledger.accounts[told.id].attempts[0], model.forecast, ZERO + now)


def test_what_a_lock_stopped_is_no_duplicate() -> None:
    told = first(outcomes.behind_a_lock())
    assert told == Story("good", "6 delivered, 1 did the work, 5 stopped by the lock.")
    going = outcomes.behind_a_lock()
    del going.facts[-2:]
    told = first(going, 29.9)
    assert told.mood == "wait" and "w1 runs it now. 6 delivered" in told.words, told


def test_a_failure_says_with_what() -> None:
    told = first(outcomes.failed())
    assert told.mood == "failed"
    assert told.words == "1 sent · 1 delivery · ran once. It failed (ZeroDivisionError)."


def test_a_time_limit_is_no_run_that_ended_by_itself() -> None:
    told = first(outcomes.time_limit())
    assert told.mood == "failed" and "ran once" not in told.words
    assert told.words.endswith("started once. It was killed by its time limit, and nobody runs it again.")


def test_a_killed_child_takes_the_message_with_it() -> None:
    told = first(outcomes.killed_child())
    assert told.mood == "lost" and "ran once" not in told.words
    assert "The run on w1 was lost: its pool child was killed. Nothing brings it back" in told.words
    assert "task_reject_on_worker_lost" in told.words


def test_a_killed_group_loses_what_was_acknowledged_at_its_start() -> None:
    told = first(outcomes.killed_group())
    assert told.mood == "lost" and "acknowledged at its start, so nobody runs it again" in told.words


def test_that_a_silent_worker_lost_it_is_only_presumed() -> None:
    words = first(outcomes.fell_silent()).words
    assert "it fell silent" in words and words.endswith("That is presumed: it may run still.")


def test_what_was_popped_and_never_recorded_is_nowhere() -> None:
    told = first(outcomes.popped_and_never_recorded())
    assert told.mood == "lost"
    assert told.words.startswith(
        "1 sent · no delivery was seen. It was lost: it is in no queue and not in unacked,"
        " and nothing brings it back."
    )


def test_what_stands_in_no_queue_and_nobody_took_is_not_said_to_wait_there() -> None:
    told = Telling(eta=None).settings(timeout=60).online(-10, "w1").sent(0)
    assert "It waits in its queue" in first(told, 2).words
    found = first(told.totals(9), 9)
    assert found.mood == "unsure" and "it may have been lost between the two" in found.words


def test_a_run_that_was_handed_back_and_then_is_nowhere_is_lost() -> None:
    told = first(outcomes.deadly_child(1).nowhere(20))
    assert told.mood == "lost" and "it is in no queue and not in unacked" in told.words
    assert "The run on w1 handed its message back before" in told.words


def test_who_threw_it_away_does_not_know_the_task() -> None:
    told = first(outcomes.discarded())
    assert told.mood == "gone" and "a worker that does not know the task: nobody runs it" in told.words


def test_what_nobody_saw_is_not_said_to_have_run() -> None:
    told = first(outcomes.unheard())
    assert told.mood == "unsure" and "ran once" not in told.words
    assert "How its run ended nobody saw" in told.words
    assert "no event told of a run" in first(outcomes.unseen()).words


def test_one_that_replaced_itself_and_one_that_asked_for_another_attempt_are_at_their_end() -> None:
    assert "another task under the same id, which is a row of its own" in first(outcomes.replaced()).words
    assert "asked for another attempt: r1 is a row of its own" in first(outcomes.retried()).words


def test_a_poison_message_has_no_end() -> None:
    told = first(outcomes.poison(), 11)
    assert told.mood == "bad"
    assert told.words.startswith(
        "A poison message: 4 runs died, the message is handed out again each time, and nothing ends it."
    )
    assert "lost its connection" not in told.words
    told = first(outcomes.deadly_child(), 11)
    assert told.words.startswith("A poison message: after 4 runs it was handed back, as where the child dies")
    assert "The run on w1 handed its message back." in told.words and "connection" not in told.words


def test_a_broker_that_went_back_in_time_handed_nothing_back() -> None:
    ran = first(outcomes.rolled_back())
    assert ran.mood == "bad" and "The broker went back in time" in ran.words
    assert "handed it back" not in ran.words
    held = outcomes.rolled_back()
    del held.facts[-3:]
    assert "handed it back" not in first(held, 4.05).words


def test_a_verdict_that_is_not_certain_says_what_would_make_it_wrong() -> None:
    told = outcomes.begun().succeeded(1, "w1", 0.9)
    # The second run's delivery was not seen.
    told.started(5, "w2").succeeded(6, "w2", 1.0)
    (attempt,) = attempts(told)
    run = attempt.duplicates[0]
    assert not run.certain and run.unless
    assert f"Not certain: it was no duplicate if {run.unless}." in first(told).words


def test_another_worker_may_have_skipped_it() -> None:
    told = outcomes.begun_late().succeeded(1, "w1", 0.9).popped(61).received(61.01, "w2")
    words = first(told.started(61.1, "w2").skipped(61.2, "w2").left(61.3), 70).words
    assert "Of its copies 1 was skipped: the task had succeeded before." in words


def test_a_recovery_of_what_a_silent_worker_ran_is_not_certain() -> None:
    told = outcomes.fell_silent()
    told.facts = [fact for fact in told.facts if not isinstance(fact, facts.Left)]
    told.popped(61).received(61.01, "w2").started(61.1, "w2").succeeded(62, "w2", 0.9).left(62.1)
    words = first(told, 70).words
    assert "so w2 ran it again: a recovery" in words
    assert words.endswith("Not certain: it was no recovery if w1 still ran it.")
    assert outcome_pieces(attempts(told)[0], 14) == (("↻ recovered?", "warn"),)


def test_what_ended_without_a_word_leaves_unclear_whether_the_next_run_was_a_duplicate() -> None:
    told = outcomes.begun_late().heartbeat(2, "w1", active=0).heartbeat(60, "w1", active=0)
    told.popped(61).received(61.01, "w2").started(61.1, "w2").succeeded(62, "w2", 0.9).left(62.1)
    found = first(told, 70)
    assert found.mood == "unsure"
    assert (
        "Whether that is a duplicate is not clear: the run on w1 before it: it ended without a word"
        in found.words
    )


def test_two_sendings_under_one_id_have_a_story_each() -> None:
    told = outcomes.sent_twice()
    assert [attempt.publication for attempt in attempts(told)] == [1, 2]
    assert story(told, 60).mood == first(told).mood == "good"


def test_what_comes_from_the_wire_is_only_text() -> None:
    told = outcomes.begun()
    told.facts.append(
        facts.Gone(at=ZERO + 1, seen=ZERO + 1, worker="w1", pid=101, why="it was \x1b[2Jkilled")
    )
    assert all(char.isprintable() for char in first(told).words)

"""The outcomes in the lists: in their rows, their titles and what stands below them."""

from __future__ import annotations

import pytest

from tests.lab.watch.telling import Telling
from tests.tui import outcomes
from tests.tui.staging import SIZES, Stage, play
from tests.tui.stand_ins import FedSession

each_size = pytest.mark.parametrize(("width", "height"), SIZES)


def show(
    told: Telling, now: float, *texts: str, width: int = 120, height: int = 36, without: str = ""
) -> None:
    async def script(stage: Stage) -> None:
        await stage.look(now)
        for text in texts:
            assert text in stage.text, stage.text
        assert not without or without not in stage.text, stage.text

    play(Stage(FedSession(told.facts)), script, width, height)


@each_size
def test_copies_that_a_lock_stopped_are_counted_and_are_no_duplicates(width: int, height: int) -> None:
    title = "Duplicate executions — 0 of 1 run · 5 stopped by a lock"
    show(outcomes.behind_a_lock(), 40, title, "◆ ran 1×", width=width, height=height, without="✖ duplicate")


@each_size
def test_that_nothing_ran_twice_is_not_said_alone_beside_a_loss(width: int, height: int) -> None:
    words = "Nothing ran twice. But 1 message was lost."
    show(outcomes.killed_child(), 40, "0 waiting · 1 lost", "† lost", words, width=width, height=height)


@each_size
def test_nor_beside_a_poison_message(width: int, height: int) -> None:
    words = "Nothing ran twice. But 1 message comes again without end (poison)."
    row = "poison: 4 deaths, no end" if width >= 112 else "† poison 4×"
    show(outcomes.poison(), 11, "1 waiting · 1 poison", row, words, width=width, height=height)


@each_size
def test_where_every_queue_is_empty_it_does_not_stand_in_its_queue(width: int, height: int) -> None:
    told = Telling(eta=None).settings(timeout=60).sent(0)
    show(told, 2, "in its queue", width=width, height=height)
    show(told.totals(9), 9, "in no queue?", width=width, height=height, without="in its queue")


@each_size
def test_what_was_thrown_away_is_counted(width: int, height: int) -> None:
    words = "1 thrown away: a worker does not know the task"
    show(outcomes.discarded(), 40, "– unknown task", words, width=width, height=height)


@each_size
def test_what_nobody_saw_is_counted_as_unknown(width: int, height: int) -> None:
    show(outcomes.unheard(), 40, "· 1 unknown", "? unknown", width=width, height=height)


@each_size
def test_two_sendings_under_one_id_are_two_rows(width: int, height: int) -> None:
    show(outcomes.sent_twice(), 40, "2 finished", "·2 ", width=width, height=height)


def test_a_long_name_gives_way_to_what_tells_an_attempt_from_another() -> None:
    told = outcomes.taken()
    told.sent(3, retries=1)
    show(told, 4, "run CEL… r1", width=80, height=24)


def test_a_verdict_that_is_not_certain_has_a_question_mark_and_where_there_is_room_says_why() -> None:
    told = outcomes.begun().succeeded(1, "w1", 0.9).started(5, "w2").succeeded(6, "w2", 1.0)
    show(told, 40, "✖ ran 2×?", "✖ duplicate?", "duplicate if it was another attempt's", width=100)
    show(told, 40, "✖ duplicate? after another, wrong if it was another attempt's", width=160)


def test_a_delivery_after_the_broker_went_back_in_time_was_not_handed_back() -> None:
    show(
        outcomes.rolled_back(),
        40,
        "✖ duplicate by a rollback",
        "The broker went back in time",
        without="handed it back",
    )


@each_size
def test_a_full_broker_is_an_alarm(width: int, height: int) -> None:
    words = "the broker is full and refuses commands: what a worker takes now is lost"
    told = Telling().memory(1, used=100, limit=100)
    show(told, 2, "✖ full", words, width=width, height=height)


def test_a_broker_that_refuses_commands_while_it_is_watched_is_full() -> None:
    told = Telling().memory(1, used=90, limit=100, refused=7)
    show(told, 2, without="full")

    async def script(stage: Stage) -> None:
        await stage.look(2)
        stage.session.tell(*Telling().memory(3, used=90, limit=100, refused=8, policy="volatile-lru").facts)
        await stage.look(4)
        assert "✖ full: it refuses commands" in stage.text
        await stage.look(60)
        assert "full" not in stage.text

    play(Stage(FedSession(told.facts)), script, 160)


def test_a_broker_that_may_evict_is_not_full_at_its_limit() -> None:
    show(Telling().memory(1, used=100, limit=100, policy="allkeys-lru"), 2, without="full")


def test_in_forty_columns_what_became_of_it_is_still_seen() -> None:
    show(outcomes.poison(), 11, "† poison 4×", width=40, height=10)
    show(outcomes.failed(), 40, "! failed", width=40, height=10)

"""What became of one message, in plain words."""

from __future__ import annotations

from tests.lab.watch.telling import redelivered
from tests.tui.words.test_story import held, story


def test_the_end_says_what_would_have_helped() -> None:
    assert story(redelivered(), 30).words == (
        "1 sent · 3 deliveries · ran 3 times · 2 duplicates."
        " A visibility timeout above 28 s would have made it 1."
    )


def test_where_the_workers_timeout_was_long_enough_somebody_else_s_was_not() -> None:
    told = held().settings(timeout=43_200).aged(2, seconds=4_020).popped(3).received(3.01, "w2")
    for worker in ("w1", "w2"):
        told.started(28, worker).succeeded(28.1, worker, 0.1)
    words = story(told.left(28.2), 40).words
    assert words.endswith("timeout above 67 min 26 s on everybody who sweeps would have made it 1."), words


def test_it_ran_once_and_why() -> None:
    told = held().settings(timeout=60).started(28, "w1").succeeded(28.1, "w1", 0.1).left(28.2)
    assert story(told, 30).words.endswith("visibility timeout of 60 s outlasted its wait of 28 s, so once.")


def test_a_recovery_is_no_duplicate() -> None:
    told = held().started(28, "w1").gone(28.5, "w1").popped(33.1).received(33.2, "w2").started(33.3, "w2")
    words = story(told.succeeded(33.4, "w2", 0.1).left(33.5), 40).words
    assert "w2 ran it again: a recovery, not a duplicate" in words and "it was killed" in words


def test_a_task_that_was_lost() -> None:
    words = story(held().started(28, "w1").left(28.1).gone(28.5, "w1"), 40).words
    assert "The run on w1 was lost: it was killed." in words and "nobody runs it again" in words


def test_a_lost_run_that_was_not_acknowledged_comes_back() -> None:
    told = held().started(28, "w1").gone(28.5, "w1")
    words = story(told, 40).words
    assert "stands in unacked" in words and "nobody runs it" not in words
    late = story(told.left(33), 40).words
    assert "acknowledged at its start" not in late

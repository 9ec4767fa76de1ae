"""Which entries are followed, and what their scores tell."""

from __future__ import annotations

import pytest

from lab.watch.facts import Aged, AnyFact, Left, Popped, Unreadable, Unwatched
from lab.watch.sources.keys.following import FOLLOWED, TRIES, Following


@pytest.fixture
def told() -> list[AnyFact]:
    return []


@pytest.fixture
def following(told: list[AnyFact]) -> Following:
    return Following(told.append)


def test_an_entry_never_leaves_before_it_was_popped_even_by_a_worker_whose_clock_is_ahead(
    following: Following, told: list[AnyFact]
) -> None:
    following.index([], [(b"behind", 90.0), (b"ahead", 130.0)], [], now=100.0)
    following.answers(["behind", "ahead"], [None, None], before=100.2, now=100.3)
    assert [(fact.tag, fact.at) for fact in told if isinstance(fact, Left)] == [
        ("behind", 100.2),
        ("ahead", pytest.approx(130.0001)),
    ]
    assert [fact.at for fact in sorted(told, key=lambda fact: fact.at) if fact.at > 120] == [130.0, 130.0001]


def test_the_score_that_was_asked_for_last_counts(following: Following, told: list[AnyFact]) -> None:
    following.index([(b"t", 1.0)], [], [], now=10.0)
    # Popped again between two commands of one reading: the index was read first.
    following.index([(b"t", 1.0)], [], [], now=11.0)
    following.answers(["t"], [5.0], before=11.0, now=11.0)
    following.index([(b"t", 5.0)], [], [], now=12.0)
    assert [fact.at for fact in told if isinstance(fact, Popped)] == [1.0, 5.0]


@pytest.mark.parametrize("score", [float("inf"), float("-inf"), 1e18, -1.0, 4e9])
def test_an_absurd_score_is_reported_once(score: float, following: Following, told: list[AnyFact]) -> None:
    following.index([(b"bad", score), (b"good", 5.0)], [], [], now=10.0)
    following.index([(b"bad", score)], [(b"bad", score)], [(b"bad", score)], now=11.0)
    assert [type(fact) for fact in told] == [Unreadable, Popped]
    assert list(following.scores) == ["good"]


def test_a_tag_longer_than_any_is_reported_once(following: Following, told: list[AnyFact]) -> None:
    following.index([(b"t" * 100_000, 5.0)], [], [], now=10.0)
    following.index([(b"t" * 100_000, 5.0)], [], [], now=11.0)
    assert [type(fact) for fact in told] == [Unreadable]


def test_what_gave_way_is_not_followed_again_until_it_is_popped_again_or_next(
    following: Following, told: list[AnyFact]
) -> None:
    many = [(str(n).encode(), float(n)) for n in range(FOLLOWED + 1)]
    following.index([], many, [], now=10.0)
    following.give_way([], now=10.0)
    assert [fact.tag for fact in told if isinstance(fact, Unwatched)] == ["0"]
    told.clear()
    following.index([], [], [(b"0", 0.0)], now=11.0)
    assert told == []
    following.index([(b"0", 0.0)], [], [], now=12.0)
    following.index([], [], [(b"0", 7.0)], now=13.0)
    assert [fact.at for fact in told if isinstance(fact, Popped)] == [0.0, 7.0]


def test_an_entry_is_unnamed_until_its_payload_was_read(following: Following) -> None:
    following.index([(b"a", 1.0), (b"b", 2.0)], [], [], now=10.0)
    assert following.unnamed(10, now=10.0) == ["b", "a"]
    following.named("b")
    assert following.unnamed(10, now=11.0) == ["a"], "what was interrupted is tried again"


def test_a_payload_that_breaks_every_reading_is_given_up_and_counted(
    following: Following, told: list[AnyFact]
) -> None:
    following.index([(b"a", 1.0)], [], [], now=10.0)
    for _ in range(TRIES):
        assert following.unnamed(10, now=10.0) == ["a"]
    assert following.unnamed(10, now=10.0) == following.unnamed(10, now=10.0) == []
    (unreadable,) = [fact for fact in told if isinstance(fact, Unreadable)]
    assert "5 tries" in unreadable.why


def test_what_nobody_may_read_is_not_given_up(following: Following) -> None:
    following.index([(b"a", 1.0)], [], [], now=10.0)
    for _ in range(TRIES + 1):
        assert following.unnamed(10, now=10.0) == ["a"]
        following.spare(["a"])


def test_a_tag_that_is_no_text_is_told_once_and_never_leaves(
    following: Following, told: list[AnyFact]
) -> None:
    for now in (10.0, 11.0):
        following.index([(b"no \xff text", 5.0)], [], [], now=now)
    assert [type(fact) for fact in told] == [Unreadable]
    assert not following.scores


def test_a_score_that_is_set_back_further_than_any_clock_lags_is_no_pop(
    following: Following, told: list[AnyFact]
) -> None:
    following.index([], [(b"t", 10_000.0)], [], now=10_000.0)
    following.index([(b"t", 6_000.0)], [], [], now=10_001.0)
    following.answers(["t"], [6_000.0], before=10_002.0, now=10_002.0)
    following.answers(["t"], [10_003.0], before=10_003.0, now=10_003.0)
    assert told == [
        Popped(at=10_000.0, seen=10_000.0, tag="t"),
        Aged(at=10_001.0, seen=10_001.0, tag="t", score=6_000.0),
        Popped(at=10_003.0, seen=10_003.0, tag="t"),
    ]


def test_a_pop_by_a_worker_whose_clock_is_behind_is_a_pop(following: Following, told: list[AnyFact]) -> None:
    following.index([], [(b"t", 10_070.0)], [], now=10_000.0)
    following.answers(["t"], [10_005.0], before=10_005.0, now=10_005.0)
    assert [type(fact) for fact in told] == [Popped, Popped]

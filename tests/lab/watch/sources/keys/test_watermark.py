"""The watermark: nothing that is popped stays unread for long, whatever the clocks say."""

from __future__ import annotations

from lab.watch.sources.keys.watermark import OLDEST, OVERLAP, Watermark

MOST = 500


def scored(*scores: float) -> list[tuple[bytes, float]]:
    return [(b"t", score) for score in scores]


def test_it_stands_at_the_newest_score_and_the_seconds_before_are_read_again() -> None:
    watermark = Watermark(100.0)
    watermark.move(scored(100.1, 100.4), [], MOST, False, 100.5, 100.6)
    assert (watermark.newest, watermark.again) == (100.4, 100.4 - OVERLAP)


def test_a_worker_whose_clock_is_ahead_does_not_hide_the_others() -> None:
    watermark = Watermark(100.0)
    watermark.move(scored(100.1, 3700.0), [], MOST, False, 100.5, 100.6)
    assert watermark.newest == 100.6


def test_where_more_comes_than_is_read_it_jumps_to_the_reading() -> None:
    watermark = Watermark(100.0)
    watermark.move(scored(98.1), [], MOST, True, 100.5, 100.6)
    assert watermark.newest == 100.5


def test_it_goes_on_where_the_workers_clock_and_the_servers_are_an_hour_ahead() -> None:
    watermark = Watermark(100.0)
    watermark.skew = 3600.0
    watermark.move(scored(3700.2), [], MOST, True, 100.5, 100.6)
    assert watermark.newest == 3700.2


def test_an_overlap_too_large_for_one_reading_is_gone_through_in_parts() -> None:
    watermark = Watermark(100.0)
    watermark.move(scored(100.4), scored(*[98.5] * MOST), MOST, False, 100.5, 100.6)
    assert watermark.again == 98.5
    watermark.move([], scored(99.0), MOST, False, 100.7, 100.8)
    assert watermark.again == 100.4 - OVERLAP


def test_after_an_hour_without_a_pop_that_hour_is_not_read_again() -> None:
    watermark = Watermark(100.0)
    watermark.move([], [], MOST, False, 3700.0, 3700.1)
    assert watermark.newest == 3700.1 - OLDEST

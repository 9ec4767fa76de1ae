"""Moments in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab.watch.outputs.moments import moment

NOW = datetime(2026, 5, 4, 16, 7, 28)


def test_a_moment_of_today_is_a_time_of_day() -> None:
    assert moment((NOW + timedelta(hours=2)).timestamp(), NOW.timestamp()) == "18:07:28"


def test_a_moment_of_another_day_names_the_day() -> None:
    midnight = datetime(2026, 6, 10)
    assert moment(midnight.timestamp(), NOW.timestamp()) == "2026-06-10 00:00:00"
    assert moment((NOW - timedelta(days=1)).timestamp(), NOW.timestamp()) == "2026-05-03 16:07:28"


def test_no_number_is_too_absurd() -> None:
    for number in (1e300, float("nan"), float("inf"), -1e17):
        assert moment(number, NOW.timestamp()) == "?"

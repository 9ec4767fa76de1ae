"""Times and durations."""

from __future__ import annotations

import pytest

from tui.cells.durations import clock, countdown, duration, instant, span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "now"),
        (0, "now"),
        (3.14, "3.1 s"),
        (9.96, "10 s"),
        (28, "28 s"),
        (112, "1:52"),
        (7509, "2:05:09"),
    ],
)
def test_countdowns(seconds: float, said: str) -> None:
    assert countdown(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.002, "2 ms"), (5, "5 s"), (1.5, "1.5 s"), (100, "100 s"), (3600, "60 min"), (43_200, "12 h")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_range_is_one_number_where_both_are_the_same() -> None:
    assert span(90.2, 189.7) == "90–190 s"
    assert span(37.1, 37.2) == "37 s"
    assert span(3660, 3665) == "61 min"


ABSURD = [1e300, -1e300, float("inf"), float("-inf"), float("nan"), -5.0, 1e17, 0.0]


@pytest.mark.parametrize("number", ABSURD)
def test_no_number_is_too_absurd_to_be_shown(number: float) -> None:
    for shown in (
        clock(number),
        instant(number),
        countdown(number),
        duration(number),
        span(number, number),
        span(0.0, number),
    ):
        assert 0 < len(shown) < 32

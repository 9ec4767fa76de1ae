"""Text for the screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cells import text


@given(st.text(), st.integers(0, 40), st.booleans())
def test_fitting_gives_exactly_the_width(words: str, width: int, right: bool) -> None:
    assert cell_len(text.fit(text.clean(words), width, right=right)) == width


def test_wide_glyphs_are_counted_as_two_cells() -> None:
    assert text.cut("漢字漢字", 5) == "漢字…"


def test_wrapping_breaks_at_spaces_and_ends_with_a_sign() -> None:
    assert text.wrap("one two three four", 9, 2) == ["one two", "three fo…"]


def test_a_number_stays_with_its_unit() -> None:
    assert text.wrap("hidden for 5 s only", 12, 3) == ["hidden for", "5 s only"]


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
    assert text.countdown(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.002, "2 ms"), (5, "5 s"), (1.5, "1.5 s"), (100, "100 s"), (3600, "60 min"), (43_200, "12 h")],
)
def test_durations(seconds: float, said: str) -> None:
    assert text.duration(seconds) == said


def test_a_range_is_one_number_where_both_are_the_same() -> None:
    assert text.span(90.2, 189.7) == "90–190 s"
    assert text.span(37.1, 37.2) == "37 s"


@given(st.floats(-1, 2), st.integers(1, 30))
def test_a_bar_has_its_width_at_any_fill(fraction: float, width: int) -> None:
    full, rest = text.bar(fraction, width)
    assert cell_len(full + rest) == width


@pytest.mark.parametrize(
    ("args", "said"),
    [("('CELERY',)", "run CELERY"), ("['CELERY']", "run CELERY"), ("(1, 2)", "run 1, 2"), ("", "run")],
)
def test_a_message_in_a_few_words(args: str, said: str) -> None:
    assert text.title("lab.run", args) == said


ABSURD = [1e300, -1e300, float("inf"), float("-inf"), float("nan"), -5.0, 1e17, 0.0]


@pytest.mark.parametrize("number", ABSURD)
def test_no_number_is_too_absurd_to_be_shown(number: float) -> None:
    for shown in (
        text.clock(number),
        text.instant(number),
        text.countdown(number),
        text.duration(number),
        text.span(number, number),
        text.span(0.0, number),
    ):
        assert 0 < len(shown) < 32
    assert sum(map(len, text.bar(number, 10))) == 10

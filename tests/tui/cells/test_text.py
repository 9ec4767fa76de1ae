"""Text for the screen."""

from __future__ import annotations

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

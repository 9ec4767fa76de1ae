"""The bar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.cells.test_durations import ABSURD
from tui.cells.bar import bar


@given(st.floats(-1, 2), st.integers(1, 30))
def test_a_bar_has_its_width_at_any_fill(fraction: float, width: int) -> None:
    full, rest = bar(fraction, width)
    assert cell_len(full + rest) == width


@pytest.mark.parametrize("fraction", ABSURD)
def test_no_fraction_is_too_absurd_to_be_drawn(fraction: float) -> None:
    assert sum(map(len, bar(fraction, 10))) == 10

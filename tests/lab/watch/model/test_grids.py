"""The grids: arithmetic says what going from sweep to sweep would say."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from lab.watch.model.grids import FURTHEST, TAKEN, Cadence, Grids

seconds = st.integers(1, 400).map(lambda n: n + 0.1234)


def step_by_step(cadences: list[Cadence], score: float, until: float, now: float, *, put_back: bool) -> int:
    for n in range(FURTHEST):
        sweeps = []
        for each in cadences:
            due = max(score + (each.later if n or put_back else each.at_first), now)
            sweeps.append(each.first + max(0, ceil((due - each.first) / each.step)) * each.step)
        if not sweeps or min(sweeps) >= until:
            return n
        score = min(sweeps) + TAKEN
    return FURTHEST


@given(
    firsts=st.lists(st.floats(0, 500), max_size=6),
    step=seconds,
    timeout=seconds,
    score=st.floats(-300, 300),
    now=st.floats(0, 100),
    ahead=st.floats(0, 100_000),
    put_back=st.booleans(),
)
def test_sweepers_of_one_kind_make_a_round(
    firsts: list[float], step: float, timeout: float, score: float, now: float, ahead: float, put_back: bool
) -> None:
    cadences = [Cadence(first, step, timeout + 0.02, timeout - 0.05) for first in firsts]
    counted = Grids(cadences).count(score, now + ahead, now, put_back=put_back)
    assert counted == step_by_step(cadences, score, now + ahead, now, put_back=put_back)


@given(
    kinds=st.lists(st.tuples(st.floats(0, 500), seconds, seconds), max_size=5),
    score=st.floats(-300, 300),
    ahead=st.floats(0, 20_000),
)
def test_sweepers_of_several_kinds_come_in_between(
    kinds: list[tuple[float, float, float]], score: float, ahead: float
) -> None:
    cadences = [Cadence(first, step, timeout, timeout) for first, step, timeout in kinds]
    counted = Grids(cadences).count(score, ahead, 0.0, put_back=False)
    assert counted == step_by_step(cadences, score, ahead, 0.0, put_back=False)


def test_a_clock_that_is_ahead_by_more_than_the_timeout_puts_back_at_every_sweep() -> None:
    cadences = [Cadence(10.0, 10.0, -5.0, -5.0)]
    counted = Grids(cadences).count(0.0, 95.0, 0.0, put_back=False)
    assert counted == step_by_step(cadences, 0.0, 95.0, 0.0, put_back=False)


def test_an_eta_a_year_ahead_is_no_more_work_than_one_of_a_day() -> None:
    cadences = [Cadence(10.0, 100.0, 3_600.0, 3_600.0)]
    assert Grids(cadences).count(0.0, 365 * 86_400.0, 0.0, put_back=False) == FURTHEST

"""The track of one message."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.lab.watch.telling import ZERO, Telling, only, redelivered
from tui.cells.track import track


def drawn(pieces: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in pieces)


def waiting() -> Telling:
    told = Telling().settings().sent(0).payload(0.004)
    return told.popped(0.004).received(0.006, "w1").popped(5.03).received(5.04, "w2")


def test_the_future_is_dotted_and_every_run_to_come_has_a_mark() -> None:
    line = drawn(track(only(waiting()), ZERO + 7, 40, expected=6, coming=[ZERO + 10, ZERO + 15]))
    assert line.startswith("●▼") and line.endswith("◇" * 6)
    assert line.count("▼") == 2 and line.count("▽") == 2 and "─" in line and "┄" in line


def test_copies_that_are_held_are_told_from_runs_that_are_only_expected() -> None:
    roles = [
        role for text, role in track(only(waiting()), ZERO + 7, 40, expected=6) for c in text if c == "◇"
    ]
    assert roles == ["held"] * 2 + ["dim"] * 4


def test_the_first_run_and_its_duplicates_end_the_line() -> None:
    assert drawn(track(only(redelivered()), ZERO + 29, 30)).endswith("◆✖✖")


def test_more_runs_than_there_is_room_for_are_summed_up() -> None:
    line = drawn(track(only(redelivered("w1 w2 w1 w2 w1 w2")), ZERO + 29, 12))
    assert line.endswith("◆✖✖✖+2")


@pytest.mark.parametrize("width", [1, 2, 5, 17, 36, 100])
@pytest.mark.parametrize("now", [0, 3, 27, 400])
def test_it_is_as_wide_as_it_should_be(width: int, now: float) -> None:
    for told in (waiting(), redelivered(), Telling(eta=None).sent(0), Telling().received(3, "w1")):
        pieces = track(only(told), ZERO + now, width, expected=6)
        assert width <= 5 or cell_len(drawn(pieces)) == width


@pytest.mark.parametrize("at", [1e300, -1e300, float("inf"), float("nan"), -5.0])
def test_absurd_times_have_a_place(at: float) -> None:
    attempt = only(redelivered("w1 w2"))
    attempt.eta = at
    attempt.deliveries[0].at = attempt.deliveries[1].at = at
    assert sum(cell_len(piece) for piece, _ in track(attempt, ZERO, 30, coming=[at])) == 30

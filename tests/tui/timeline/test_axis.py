"""The axis of the timeline."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tui.timeline.axis import SHORTEST, ZOOM, Axis, Stretch, label

HOUR = 3600.0
WHOLE = Stretch(1_000_000.0, 1_000_031.0)


def labels(stretch: Stretch, width: int = 60, zero: float = 1_000_000.0) -> list[str]:
    return [words for _, words in Axis(stretch, width, zero).ticks()]


def test_labels_count_from_the_birth_of_the_message() -> None:
    assert labels(WHOLE) == ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]
    assert labels(Stretch(1_000_000.0, 1_007_200.0)) == ["0 s", "30 min", "1 h", "1:30 h"]
    assert labels(Stretch(1_000_012.0, 1_000_012.01)) == [
        "12.000 s",
        "12.002 s",
        "12.004 s",
        "12.006 s",
        "12.008 s",
    ]


@pytest.mark.parametrize(
    ("seconds", "step", "words"),
    [
        (0, 5, "0 s"),
        (90, 30, "90 s"),
        (150, 30, "2:30"),
        (600, 300, "10 min"),
        (3665, 5, "1:01:05"),
        (7200, 3600, "2 h"),
        (300_000, 3600, "3 d 11 h"),
        (21.992, 0.001, "21.992 s"),
        (0.25, 0.05, "0.25 s"),
    ],
)
def test_a_label_is_as_exact_as_its_step(seconds: float, step: float, words: str) -> None:
    assert label(seconds, step) == words


@pytest.mark.parametrize("length", [0.001, 0.01, 1, 31, 200, 7200, 9e4, 3e7, 2.5e11])
@pytest.mark.parametrize("width", [4, 20, 60, 250])
def test_labels_have_room_beside_each_other(length: float, width: int) -> None:
    ticks = list(Axis(Stretch(1_000_000.0, 1_000_000.0 + length), width, 1_000_000.0).ticks())
    ends = [(cell - len(words) / 2, cell + len(words) / 2) for cell, words in ticks]
    assert all(after[0] - before[1] > 1 for before, after in pairwise(ends))
    assert ticks


def test_what_is_not_in_sight_lies_beside_the_cells() -> None:
    axis = Axis(Stretch(10.0, 20.0), 50, 0.0)
    assert [axis.cell(at) for at in (9.9, 10.0, 15.0, 19.99, 20.0, 1e12)] == [-1, 0, 25, 49, 50, 50]
    assert [axis.cell(at) for at in (float("nan"), -1e300, float("inf"))] == [-1, -1, 50]


def test_zooming_in_ends_at_a_millisecond_and_zooming_out_at_the_whole() -> None:
    stretch = WHOLE
    for _ in range(12):
        stretch = stretch.zoomed(ZOOM, 1_000_030.0, WHOLE)
    assert stretch.length == pytest.approx(SHORTEST, rel=0.01)
    assert stretch.middle == pytest.approx(1_000_030.0, abs=0.001)
    for _ in range(12):
        stretch = stretch.zoomed(1 / ZOOM, stretch.middle, WHOLE)
    assert stretch == WHOLE


def test_moving_stops_at_either_end() -> None:
    stretch = Stretch(1_000_010.0, 1_000_012.0)
    assert stretch.moved(0.5, WHOLE) == Stretch(1_000_011.0, 1_000_013.0)
    for _ in range(50):
        stretch = stretch.moved(-0.5, WHOLE)
    assert stretch == Stretch(WHOLE.begin, WHOLE.begin + 2)

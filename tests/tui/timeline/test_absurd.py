"""Whatever number came from the wire has a picture."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.lab.watch.telling import ZERO, Telling, modelled, only
from tests.tui.timeline.pictures import told_until
from tests.tui.timeline.tales import six, waiting
from tui.timeline.picture import picture_of
from tui.timeline.prospect import prospect_of


@pytest.mark.parametrize("at", [1e300, -1e300, float("inf"), float("nan"), -5.0, 253_402_387_000.0])
@pytest.mark.parametrize("tale", [waiting(), six()])
def test_absurd_times_have_a_place(at: float, tale: Telling) -> None:
    model = modelled(tale.facts)
    attempt = only(tale)
    prospect = prospect_of(attempt, model.forecast, ZERO + 12)
    attempt.eta = at
    attempt.deliveries[0].at = attempt.deliveries[1].at = at
    picture = picture_of(attempt, prospect, ZERO + 12)
    for plain in (True, False):
        lines = picture.lines(78, 20, plain=plain)
        assert all(sum(cell_len(words) for words, _ in line) <= 78 for line in lines)
    assert picture_of(attempt, prospect, ZERO + 12, picture.closer).lines(38, 6)


def test_names_from_the_wire_are_cut_and_cleaned() -> None:
    told = Telling(eta=30).settings().sent(0).payload(0.01).popped(0.01).received(0.02, "漢字\x1b[2J" * 20)
    for line in told_until(told, 12).lines(78, 12):
        assert sum(cell_len(words) for words, _ in line) <= 78
        assert all(char.isprintable() for words, _ in line for char in words)
